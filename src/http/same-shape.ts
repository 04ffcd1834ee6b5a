/** Gives a function the name and the length of another one. */
export function sameShape<F extends object>(
  wrapped: F,
  { name, length }: { readonly name: string; readonly length: number },
): F {
  return Object.defineProperties(wrapped, {
    name: { value: name, configurable: true },
    length: { value: length, configurable: true },
  });
}
