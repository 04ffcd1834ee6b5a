/**
 * All errors of the checks and swaps for tests, each with its template. (Wrong arguments are refused where they are checked.)
 *
 * @module
 */
import { type HolderInfo, internal, ScopeError } from "../base/errors.js";
import { oneLine } from "../base/one-line.js";
import { oneOrAll } from "../base/one-or-all.js";

/** An instance that is still leased, and who holds it. */
export interface LeftLease {
  readonly service: string;
  readonly holder: HolderInfo;
}

/** `LEASES_LEFT` */
export function leasesLeft(left: readonly [LeftLease, ...LeftLease[]]): ScopeError {
  const lines = left.map(({ service, holder: { holder, heldMs, acquisitionStack, call } }) => {
    const where = acquisitionStack === undefined ? "" : `, taken ${acquisitionStack.trim()}`;
    const use = call === undefined ? "held by" : `still used by ${oneLine(call)}, called in`;
    return `  ${oneLine(service)} ${use} ${oneLine(holder)} for ${Math.round(heldMs)} ms${where}`;
  });
  return new ScopeError(
    "LEASES_LEFT",
    [
      `${left.length} lease(s) were not given back. `,
      internal(`\n${lines.join("\n")}\n`),
      "Await runInContext and every call in it, and release explicit leases.",
    ],
    { service: left[0].service, holders: left.map(({ holder }) => holder) },
  );
}

/** `SWAPS_LEFT` */
export function swapsLeft(left: readonly { readonly name: string; readonly swaps: number }[]): ScopeError {
  const names = left.map(({ name, swaps }) => (swaps === 1 ? name : `${name} (${swaps} times)`));
  return new ScopeError(
    "SWAPS_LEFT",
    `${left.length} service(s) are still swapped: ${names.join(", ")}. Undo each swap in the test that made it: with \`using\`, ` +
      `or \`await swap.undo()\` in afterEach.`,
    { service: left[0]!.name },
  );
}

/** What `undo` of a swap of several bindings rejects with. */
export function notSwappedBack(errors: readonly unknown[]): unknown {
  return oneOrAll(errors, "services could not be swapped back well");
}
