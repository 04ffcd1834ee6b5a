/**
 * For tests: other scopes and other objects behind proxies that are injected already.
 *
 * @module
 */
export { expectNoLeases, swapInstance, swapScope } from "./swap.js";
