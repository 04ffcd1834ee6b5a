import { type AnyContainer, expectScopes } from "../container/container-scopes.js";
import { swapsLeft } from "./errors.js";

/**
 * Throws if a service of this container is still swapped. Call it in `afterEach`, so that the test that forgot to undo a swap is the
 * one that fails, and not the next.
 *
 * @param container - one with the plugin; its own bindings count, not its parent's
 * @throws ScopeError `SWAPS_LEFT`, naming the services
 *
 * @example
 * ```ts
 * afterEach(() => expectNoSwaps(container));
 * ```
 */
export function expectNoSwaps(container: AnyContainer): void {
  const services = [...expectScopes("expectNoSwaps", container).scopedBindings()].map(({ service }) => service);
  const left = services.filter(({ swaps }) => swaps > 0);
  if (left.length > 0) throw swapsLeft(left);
}
