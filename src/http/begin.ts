/**
 * Calls `body` in a context, and returns or throws what `body` does: at once, long before the context ends.
 *
 * @param run - opens a context and calls its argument in it, synchronously; throws or rejects if there can be no context
 * @param refuse - called if there can be no context
 * @param ended - called if the context's promise rejects at its end
 */
export function begin(
  run: (body: () => void) => Promise<unknown>,
  body: () => unknown,
  refuse: (error: unknown) => unknown,
  ended?: (rejection: unknown) => void,
): unknown {
  let result: (() => unknown) | undefined;
  let life: Promise<unknown>;
  try {
    life = run(() => (result = resultOf(body)));
  } catch (error) {
    return refuse(error);
  }
  if (result === undefined) return life.then(undefined, refuse);
  void life.then(undefined, ended);
  return result();
}

/** Calls a function. @returns a function that returns or throws the same */
function resultOf(body: () => unknown): () => unknown {
  try {
    const value = body();
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}
