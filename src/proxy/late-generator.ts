/**
 * Stands for an async generator whose instance is not there yet: it comes at once, and its first `next()` waits. Ended before
 * that, it never asks for the instance, as a generator that was never begun runs nothing of its body.
 */
export async function* lateGenerator(begin: () => unknown): AsyncGenerator<unknown, unknown, unknown> {
  return yield* (await begin()) as AsyncGenerator<unknown, unknown, unknown>;
}
