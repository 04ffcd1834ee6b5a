import { type AnyContainer, expectScopes } from "../container/container-scopes.js";
import { type HolderInfo, internal, ScopeError } from "../base/errors.js";
import { oneLine } from "../base/one-line.js";
import { upwardHooks } from "../base/upward-hooks.js";

// Whoever loads this module runs tests, where the stacks are worth their microseconds.
upwardHooks.leaseStacks = true;

/**
 * Throws if an instance of a pooled service of this container is still leased, be it from a pool that a test had swapped in
 * or of a binding that is gone: for `afterEach`, so that the test that
 * forgot one is the test that fails.
 *
 * Where a lease was taken is recorded by the pool of every pooled binding that is made after `inversify-scopes/testing` was
 * loaded, unless its options say `leaseStacks: false`.
 *
 * @param container - one with the plugin; its own bindings are looked at, not its parent's
 * @throws ScopeError `LEASES_LEFT`, naming the holders and where they took what they hold
 *
 * @example
 * ```ts
 * afterEach(() => expectNoLeases(container));
 * ```
 */
export function expectNoLeases(container: AnyContainer): void {
  const left: { readonly service: string; readonly holder: HolderInfo }[] = [];
  const scopes = expectScopes("expectNoLeases", container);
  const bound = [...scopes.boundScopes()].map(({ service }) => service);
  for (const service of new Set([...bound, ...scopes.ended.all()])) {
    for (const holder of service.leases()) left.push({ service: service.name, holder });
  }
  const [first] = left;
  if (first === undefined) return;
  const lines = left.map(({ service, holder: { holder, heldMs, acquisitionStack, call } }) => {
    const where = acquisitionStack === undefined ? "" : `, taken ${acquisitionStack.trim()}`;
    const use = call === undefined ? "held by" : `still used by ${oneLine(call)}, called in`;
    return `  ${oneLine(service)} ${use} ${oneLine(holder)} for ${Math.round(heldMs)} ms${where}`;
  });
  throw new ScopeError(
    "LEASES_LEFT",
    [
      `${left.length} lease(s) were not given back. `,
      internal(`\n${lines.join("\n")}\n`),
      "Await runInContext and every call in it, and release explicit leases.",
    ],
    { service: first.service, holders: left.map(({ holder }) => holder) },
  );
}
