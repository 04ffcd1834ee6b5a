/** An instance, or none, or why there is none. */
export type Tried = { readonly instance: object | undefined } | { readonly error: unknown };

export function outcomeOf(tried: Tried): object | undefined {
  if ("error" in tried) throw tried.error;
  return tried.instance;
}
