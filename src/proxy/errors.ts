/**
 * All errors of proxies, each with its template. (Wrong options are refused where they are checked.)
 *
 * @module
 */
import { classNameOf } from "../base/class-name.js";
import { ScopeError } from "../base/errors.js";
import { nameOf, oneLine } from "../base/one-line.js";

/** `NOT_PROXYABLE`: the class is thenable, so that `await proxy` would take the proxy for a promise. */
export function thenableClass(service: string, shape: object): ScopeError {
  return new ScopeError(
    "NOT_PROXYABLE",
    `${service}: class ${classNameOf(shape, "without a name")} has a member "then", so that \`await proxy\` would take the proxy for a promise. ` +
      `Bind an object that holds the thenable instead.`,
    { service },
  );
}

/** Why a proxy cannot stand for a value. */
const PROBLEMS = {
  thenable: "a thenable, so that `await proxy` would take the proxy for a promise. Use an object that holds it.",
  primitive: "which has no identity. Use an object.",
  function: "a function. Say so when binding it: { shape: Function }.",
  array: "an array. Say so when binding it: { shape: Array }.",
  "no function": "no function, although it was bound with { shape: Function }.",
  "no array": "no array, although it was bound with { shape: Array }.",
} as const;

export type Problem = keyof typeof PROBLEMS;

/**
 * `NOT_PROXYABLE`: a proxy cannot stand for what was made, set or swapped in.
 *
 * @param what - where the value comes from, as in "the factory made"
 */
export function notProxyable(service: string, what: string, value: unknown, problem: Problem): ScopeError {
  const kind = value === null ? "null" : `a primitive (${typeof value})`;
  const text = problem === "primitive" ? `${kind}, ${PROBLEMS.primitive}` : PROBLEMS[problem];
  return new ScopeError("NOT_PROXYABLE", `${service}: ${what} ${text}`, { service });
}

/** A `TypeError`, as for any object: the instance lacks a method of the class. What was set or swapped in may. */
export function lacksMethod(service: string, member: PropertyKey): TypeError {
  return new TypeError(
    `${nameOf(service, member)} is not a function: what stands for ${oneLine(service)} here lacks it. Give the fake, or what ` +
      `was set or made, every member that is called.`,
  );
}

/** A `TypeError`, as for any object: the current instance has no function there. */
export function noFunction(service: string, member: PropertyKey): TypeError {
  return new TypeError(`${nameOf(service, member)} is not a function`);
}
