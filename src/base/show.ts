import { oneLine } from "./one-line.js";

/** The longest text, and the most members of a list, that are shown. */
const LONGEST_TEXT = 200;
const MOST_ITEMS = 16;

/** Shown for a value whose trap or getter throws. */
export const UNSHOWABLE = "something that cannot be shown";

/**
 * A given value in a message: a primitive as it is, but only the kind of an object, since its contents may be secret. Never
 * throws.
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

/** A getter may throw; then the class is unknown. */
function classNameOf(value: object): unknown {
  try {
    return nameOf(Object(value.constructor) as object);
  } catch {
    return undefined;
  }
}
