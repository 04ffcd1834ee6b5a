import { invalidOption } from "../base/options.js";
import { type AnyContainer, type ContainerScopes, expectScopes } from "../container/container-scopes.js";
import { Pool } from "../pool/pool.js";
import type { BindingPool } from "../scopes/pooled/binding-pool.js";
import { bindingPoolsBehind } from "../scopes/pooled/pool-of.js";

/** Pools whose figures somebody wants. */
export interface WatchedPools {
  /** The pools that there are now. To watch a pool neither opens it nor keeps it alive. */
  now(): Iterable<Pool<object> | BindingPool>;
  has(pool: object): boolean;
}

/** What the functions of this folder take. */
export type PoolsToWatch = AnyContainer | Iterable<Pool<unknown>>;

/** @throws ScopeError `INVALID_OPTION` */
export function watchedPools(caller: string, given: PoolsToWatch): WatchedPools {
  if (isContainer(given)) return new PoolsOfContainer(expectScopes(caller, given));
  const text = "a Container with the ScopesPlugin, or an array of Pools";
  if (typeof given !== "object" || typeof given?.[Symbol.iterator] !== "function") {
    throw invalidOption(caller, "pools", given, text);
  }
  const pools = [...given];
  const wrong = pools.findIndex((pool) => !(pool instanceof Pool));
  if (wrong !== -1) throw invalidOption(caller, `pools[${wrong}]`, pools[wrong], "a Pool of this copy of the package");
  return new GivenPools(pools);
}

function isContainer(given: PoolsToWatch): given is AnyContainer {
  return typeof (given as Partial<AnyContainer> | null | undefined)?.unbindAll === "function";
}

/** The pools of a container's bindings, also of later ones. */
class PoolsOfContainer implements WatchedPools {
  readonly #scopes: WeakRef<ContainerScopes>;

  constructor(scopes: ContainerScopes) {
    this.#scopes = new WeakRef(scopes);
  }

  *now(): Generator<Pool<object> | BindingPool> {
    const scopes = this.#scopes.deref();
    if (scopes === undefined) return;
    for (const { service } of scopes.scopedBindings()) {
      for (const pool of bindingPoolsBehind(service.target.source)) yield pool.opened ?? pool;
    }
  }

  has(pool: object): boolean {
    return (pool as Pool<object>).view.owner === this.#scopes.deref();
  }
}

class GivenPools implements WatchedPools {
  readonly #pools: readonly WeakRef<Pool<object>>[];
  readonly #known: WeakSet<object>;

  constructor(pools: readonly Pool<unknown>[]) {
    this.#pools = pools.map((pool) => new WeakRef(pool as Pool<object>));
    this.#known = new WeakSet(pools);
  }

  *now(): Generator<Pool<object>> {
    for (const ref of this.#pools) {
      const pool = ref.deref();
      if (pool !== undefined) yield pool;
    }
  }

  has(pool: object): boolean {
    return this.#known.has(pool);
  }
}
