/** See {@link upwardHooks}. */
interface UpwardHooks {
  /**
   * Runs a function in no async context of ours; `name` is the service or pool that says so in errors. Set by `src/context`, read
   * by {@link capture}, for pools: what outlives every context must not be made in one.
   */
  runOutsideContexts?: <R>(name: string, fn: () => R) => R;
  /** The context that is current. Set by `src/context`, read by pools, which name it where they tell of an acquisition. */
  currentContext?: () => { readonly id: number; readonly name: string } | undefined;
  /**
   * Checks that `proxies` are proxies. It returns what takes their instances for the context that is current when it is called.
   * Set by `src/proxy`, read by `runInContext` for its option `needs`.
   */
  prepareNeeds?: (caller: string, proxies: readonly object[]) => () => Promise<void>;
  /**
   * Whether pools of bindings record where leases are taken, if their options do not say. Set by `src/testing`, read by
   * `src/scopes` when it makes a pool.
   */
  leaseStacks?: true;
}

/**
 * All ways by which a lower folder calls an upper one. The upper folder sets a hook, the lower one reads it. A hook that is not
 * set belongs to a folder that is not loaded, or not used yet.
 */
export const upwardHooks: UpwardHooks = {};
