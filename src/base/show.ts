import { oneLine } from "./one-line.js";

/** So much of a given text, and so many members of a given list, are shown. */
const LONGEST_TEXT = 200;
const MOST_ITEMS = 16;

/** What is shown of a value that resists by a trap or a getter. */
export const UNSHOWABLE = "something that cannot be shown";

/**
 * A given value in a message: a primitive as it is, of an object only what it is, since what it holds may be secret.
 * Never throws, whatever the value is.
 */
export function show(value: unknown): string {
  try {
    return Array.isArray(value) ? list(value) : one(value);
  } catch {
    return UNSHOWABLE;
  }
}

function list(values: readonly unknown[]): string {
  const items = values.slice(0, MOST_ITEMS).map((item) => (Array.isArray(item) ? "an array" : one(item)));
  return `[${items.join(", ")}${values.length > MOST_ITEMS ? ", …" : ""}]`;
}

function one(value: unknown): string {
  if (typeof value === "string") return oneLine(JSON.stringify(value), LONGEST_TEXT);
  if (typeof value === "function") return named("the function", nameOf(value)) ?? "a function";
  if (typeof value === "object" && value !== null) return named("an instance of", classNameOf(value)) ?? "an object";
  return oneLine(String(value), LONGEST_TEXT);
}

function named(kind: string, name: unknown): string | undefined {
  return typeof name === "string" && name !== "" && name !== "Object" ? `${kind} ${oneLine(name)}` : undefined;
}

function nameOf(value: { readonly name?: unknown }): unknown {
  return value.name;
}

/** Its getters may throw: then it is an object like any other. */
function classNameOf(value: object): unknown {
  try {
    return nameOf(Object(value.constructor) as object);
  } catch {
    return undefined;
  }
}
