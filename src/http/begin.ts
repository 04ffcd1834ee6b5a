/**
 * Calls `body` in a context, and gives what it returns or throws to the caller: at once, long before the context ends.
 *
 * @param run - opens the context and calls what it is given in it, synchronously; throws or rejects instead if there can be none
 * @param refuse - does what is to be done where there can be none
 * @param ended - told of that with which the context's promise rejects at its end, if it ends with this
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

/** @returns what gives, or throws, what a function has given or thrown */
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
