import { type AnyContainer, expectScopes } from "../container/container-scopes.js";
import { ScopeError } from "../base/errors.js";

/**
 * Throws if a swap stands in this container: for `afterEach`, so that the test that forgot to undo one is the test that fails,
 * and not the next.
 *
 * @param container - one with the plugin; its own bindings are looked at, not its parent's
 * @throws ScopeError `SWAPS_LEFT`, naming the services
 *
 * @example
 * ```ts
 * afterEach(() => expectNoSwaps(container));
 * ```
 */
export function expectNoSwaps(container: AnyContainer): void {
  const services = [...expectScopes("expectNoSwaps", container).boundScopes()].map(({ service }) => service);
  const left = services.filter(({ swaps }) => swaps > 0);
  if (left.length === 0) return;
  const names = left.map(({ name, swaps }) => (swaps === 1 ? name : `${name} (${swaps} times)`));
  throw new ScopeError(
    "SWAPS_LEFT",
    `${left.length} service(s) are still swapped: ${names.join(", ")}. Undo each swap in the test that made it: with \`using\`, ` +
      `or \`await swap.undo()\` in afterEach.`,
    { service: left[0]!.name },
  );
}
