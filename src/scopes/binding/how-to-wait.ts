import { oneLine } from "../../base/one-line.js";
import { membersOf } from "../../proxy/members.js";
import type { BindingOptions } from "../options.js";

/** Touches that are no member's, as errors call them. */
const NO_MEMBERS = new Set<PropertyKey>(["unwrap", "()", "new", "own keys", "prototype", "toJSON"]);

/**
 * How calls of a member could be made to wait, in words; nothing for what cannot: a field, an accessor, a symbol of the
 * language.
 *
 * @param options - with what the proxy was made
 */
export function howToWait({ shape, defer }: BindingOptions, member: PropertyKey | undefined): string | undefined {
  if (member === undefined || NO_MEMBERS.has(member)) return undefined;
  if (shape !== undefined && shape !== Object) {
    const isMethod = membersOf(shape).some(({ key, kind }) => key === member && kind === "method");
    return isMethod
      ? `If ${oneLine(String(member))} returns a promise, name it in \`defer\`: then its calls wait.`
      : undefined;
  }
  if (typeof member === "symbol") return undefined;
  // Of the members of a service without a class, those in `defer` wait already.
  const known = defer === undefined || defer.length === 0 ? "No class of it is known" : "Only what `defer` names waits";
  return (
    `${known}: tell it with the option \`shape\`, so that calls of its async methods wait, or name ` +
    `${oneLine(String(member))} in \`defer\`, if it returns a promise.`
  );
}
