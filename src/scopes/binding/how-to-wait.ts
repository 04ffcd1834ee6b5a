import { oneLine } from "../../base/one-line.js";
import { deferredMembers, isSaid } from "../../proxy/deferring.js";
import { compiledAsyncOf, membersOf } from "../../proxy/members.js";
import type { ShownBy } from "../options.js";

/** What errors call touches that are no member's. */
const NO_MEMBERS = new Set<PropertyKey>(["unwrap", "()", "new", "own keys", "prototype", "toJSON"]);

/** Why no call waits on a class whose methods say `async`. */
export const BELOW_ES2017 =
  "compiled for a target below ES2017, where no method is `async` any more: set the compiler's `target` to es2017 or later";

/**
 * How calls of a member could be made to wait, in words; `undefined` for what cannot wait: a field, an accessor, a symbol of the
 * language.
 *
 * @param options - the options with which the proxy was made
 */
export function howToWait({ shape, defer = [] }: ShownBy, member: PropertyKey | undefined): string | undefined {
  if (member === undefined || NO_MEMBERS.has(member)) return undefined;
  const name = oneLine(String(member));
  if (deferredMembers(defer, shape).has(member)) {
    return (
      `A call of ${name} whose last argument is a function is the form with a callback, which does not wait: leave the ` +
      `callback out for a promise, or let it be \`async\`, if ${name} returns a promise all the same.`
    );
  }
  if (shape !== undefined && shape !== Object) {
    if (compiledAsyncOf(shape).some(({ key }) => key === member)) {
      return `${name} was ${BELOW_ES2017}, so that its calls wait, or name it in \`defer\`.`;
    }
    const isMethod = membersOf(shape).some(({ key, kind }) => key === member && kind === "method");
    return isMethod ? `If ${name} returns a promise, name it in \`defer\`: then its calls wait.` : undefined;
  }
  if (typeof member === "symbol") return undefined;
  // Without a class, only the members in `defer` wait.
  const known = !isSaid(defer) ? "No class of it is known" : "Only what `defer` names waits";
  return (
    `${known}: tell it with the option \`shape\`, so that calls of its async methods wait, or name ` +
    `${name} in \`defer\`, if it returns a promise.`
  );
}
