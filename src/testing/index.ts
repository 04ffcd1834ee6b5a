/**
 * For tests: other scopes and other objects behind proxies that are injected already.
 *
 * @module
 */
export { expectNoLeases } from "./leases.js";
export type { BindingChoice } from "./services.js";
export { swapInstance, swapScope } from "./swap.js";
