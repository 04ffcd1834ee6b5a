/**
 * For tests: other scopes and other objects behind proxies that are already injected, and checks of what is left.
 *
 * @module inversify-scopes/testing
 */
export { expectNoLeases } from "./leases.js";
export type { BindingChoice } from "./services.js";
export { expectNoSwaps } from "./swaps.js";
export { type Swap, swapInstance, swapScope } from "./swap.js";
