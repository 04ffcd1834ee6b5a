import { type AnyContainer, expectScopes } from "../container/container-scopes.js";
import { upwardHooks } from "../base/upward-hooks.js";
import { type LeftLease, leasesLeft } from "./errors.js";

// This module is loaded by tests, where stacks are worth their microseconds.
upwardHooks.leaseStacks = true;

/**
 * Throws if an instance of a pooled service of this container is still leased, also from a pool that a test had swapped in, or of a
 * binding that is gone. Call it in `afterEach`, so that the test that forgot a lease is the one that fails.
 *
 * Every pooled binding that is made after `inversify-scopes/testing` was loaded records where its leases are taken, unless its
 * options say `leaseStacks: false`.
 *
 * @param container - one with the plugin; its own bindings count, not its parent's
 * @throws ScopeError `LEASES_LEFT`, naming the holders and where they took the instances
 *
 * @example
 * ```ts
 * afterEach(() => expectNoLeases(container));
 * ```
 */
export function expectNoLeases(container: AnyContainer): void {
  const left: LeftLease[] = [];
  const scopes = expectScopes("expectNoLeases", container);
  const bound = [...scopes.scopedBindings()].map(({ service }) => service);
  for (const service of new Set([...bound, ...scopes.ended.all()])) {
    for (const holder of service.leases()) left.push({ service: service.name, holder });
  }
  const [first, ...others] = left;
  if (first !== undefined) throw leasesLeft([first, ...others]);
}
