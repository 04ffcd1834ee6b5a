/**
 * Stands for an async generator whose instance is not there yet. The caller has it at once, and its first `next()` waits. Ended
 * before that, it never asks for the instance, as no generator runs its body before the first `next()`.
 */
export async function* lateGenerator(begin: () => unknown): AsyncGenerator<unknown, unknown, unknown> {
  return yield* (await begin()) as AsyncGenerator<unknown, unknown, unknown>;
}
