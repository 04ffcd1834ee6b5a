import { internal, ScopeError } from "./errors.js";
import { oneLine } from "./one-line.js";
import { show } from "./show.js";
import { suggest } from "./suggest.js";

/** The allowed values of an option: a test, and the same in words for messages. */
export interface Allowed {
  readonly test: (value: unknown) => boolean;
  readonly text: string;
}

export const aBoolean: Allowed = { test: (value) => typeof value === "boolean", text: "true or false" };
export const aFunction: Allowed = { test: (value) => typeof value === "function", text: "a function" };
export const aSignal: Allowed = { test: (value) => value instanceof AbortSignal, text: "an AbortSignal" };

/** A duration in milliseconds, 0 or more, or for ever. */
export const duration: Allowed = {
  test: (value) => typeof value === "number" && value >= 0,
  text: "milliseconds, 0 or more, or Infinity",
};

/** A finite duration in milliseconds, 0 or more, for a timer. */
export const milliseconds: Allowed = {
  test: (value) => typeof value === "number" && value >= 0 && value < 2 ** 31,
  text: "a number of milliseconds from 0 to 2147483647",
};

export function oneOf(...values: readonly string[]): Allowed {
  return {
    test: (value) => typeof value === "string" && values.includes(value),
    text: values.map((value) => `"${value}"`).join(" or "),
  };
}

/**
 * Refuses an unknown option and a wrong value, at once and by name: a misspelt time-out must not pass in silence.
 * `undefined` counts as not given.
 *
 * @param where - whose options these are, for the message
 * @param allowed - by name; none to check only that it is a record
 * @param prefix - of the names in the message, for options within an option
 * @throws ScopeError `INVALID_OPTION`
 */
export function checkRecord(
  where: string,
  options: unknown,
  allowed: Readonly<Record<string, Allowed>> | undefined,
  prefix = "",
): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw invalidOption(where, "options", options, "an object");
  }
  if (allowed === undefined) return;
  // Inherited ones too: they are read like any other.
  for (const name in options) {
    const value: unknown = options[name as keyof typeof options];
    const rule = Object.hasOwn(allowed, name) ? allowed[name] : undefined;
    if (rule === undefined) throw unknownOption(where, prefix, name, Object.keys(allowed));
    if (value !== undefined && !rule.test(value)) throw invalidOption(where, prefix + name, value, rule.text);
  }
}

/** Refuses a record that lacks a required option. @throws ScopeError `INVALID_OPTION` */
export function checkGiven<K extends string>(
  where: string,
  options: { readonly [name in K]?: unknown },
  allowed: Readonly<Record<K, Allowed>>,
  names: readonly K[],
): void {
  for (const name of names) {
    if (options[name] === undefined) throw invalidOption(where, name, undefined, allowed[name].text);
  }
}

function unknownOption(where: string, prefix: string, name: string, known: readonly string[]): ScopeError {
  const meant = suggest(name, known);
  const hint = meant === undefined ? `Known are ${known.join(", ")}.` : `Did you mean ${prefix}${meant}?`;
  return new ScopeError("INVALID_OPTION", `${where}: there is no option ${prefix}${oneLine(name)}. ${hint}`, {
    service: where,
  });
}

export function invalidOption(where: string, name: string, given: unknown, allowed: string): ScopeError {
  const message = [`${where}: ${name}`, internal(` is ${show(given)}, but`), ` must be ${allowed}.`];
  return new ScopeError("INVALID_OPTION", message, { service: where });
}

/** The error for a value that is no injected proxy. */
export function noProxy(where: string, name: string, given: unknown): ScopeError {
  // The class, the symbol or the string was given in the place of the proxy.
  const remedy = isIdentifier(given)
    ? ": what container.get gives for it"
    : ". Bind it in a scope, in a container with the ScopesPlugin";
  return invalidOption(where, name, given, `an injected lazy proxy${remedy} (see isScopedProxy)`);
}

/** Whether it may be what a service is bound by: a class, a symbol or a string. */
export function isIdentifier(given: unknown): boolean {
  return ["function", "symbol", "string"].includes(typeof given);
}
