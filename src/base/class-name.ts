/**
 * How messages call a class. It may have a static member `name` of any type, also a getter that throws.
 *
 * @param otherwise - for a class without a name
 */
export function classNameOf(type: object, otherwise = "a class without a name"): string {
  try {
    const { name } = type as { readonly name?: unknown };
    return typeof name === "string" && name !== "" ? name : otherwise;
  } catch {
    return otherwise;
  }
}
