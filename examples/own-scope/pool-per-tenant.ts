import { AsyncLocalStorage } from "node:async_hooks";

import { selectSource, type PooledOptions, pooledScope, type Scope, type Service, type Source } from "inversify-scopes";
import type { Clock } from "inversify-scopes/pool";

/** Tells the factory for which tenant it makes a connection: it runs in no context, so it cannot ask there. */
export const tenantOfFactory = new AsyncLocalStorage<string>();

/** One pool for each tenant. Those that nobody asked for in `idleMs` are closed; choose it longer than anybody waits. */
export function pooledPerTenant<T>(
  tenant: { readonly id: string },
  options: PooledOptions<T>,
  idleMs: number,
  clock: Clock = { now: Date.now, setTimeout, clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout) },
): Scope {
  const pooled = pooledScope<T>(options);
  return {
    ...pooled,
    name: "pooled per tenant",
    open(service) {
      const pools = new TenantPools(service, pooled, idleMs, clock);
      const source = selectSource(service, { select: () => pools.of(tenant.id), sources: () => pools.all() });
      return {
        ...source,
        close() {
          pools.stop();
          return source.close();
        },
      };
    },
  };
}

class TenantPools {
  readonly #pools = new Map<string, { readonly source: Source; usedAt: number }>();
  #timer: unknown;

  constructor(
    readonly service: Service,
    readonly pooled: Scope,
    readonly idleMs: number,
    readonly clock: Clock,
  ) {}

  of(id: string): Source {
    let pool = this.#pools.get(id);
    if (pool === undefined) {
      pool = { source: this.#open(id), usedAt: 0 };
      this.#pools.set(id, pool);
      this.#plan();
    }
    pool.usedAt = this.clock.now();
    return pool.source;
  }

  *all(): Iterable<Source> {
    for (const { source } of this.#pools.values()) yield source;
  }

  stop(): void {
    this.clock.clearTimeout(this.#timer);
  }

  /** The service as one tenant's pool sees it: its name in errors, and its recipe, which is told the tenant. */
  #open(id: string): Source {
    const { service } = this;
    return this.pooled.open({
      ...service,
      name: `${service.name} of ${id}`,
      create: (...how) => tenantOfFactory.run(id, () => service.create(...how)),
    });
  }

  /** In the async context of the binding: a timer must not remember the request that came first. */
  #plan(): void {
    this.#timer ??= this.service.outside(() => {
      const timer = this.clock.setTimeout(() => this.#evict(), this.idleMs);
      // Nothing idle keeps the process alive.
      (timer as { unref?: () => void }).unref?.();
      return timer;
    });
  }

  #evict(): void {
    this.#timer = undefined;
    const since = this.clock.now() - this.idleMs;
    for (const [id, { source, usedAt }] of this.#pools) {
      if (usedAt > since || source.leases?.().length !== 0) continue;
      this.#pools.delete(id);
      void source.close();
    }
    if (this.#pools.size > 0) this.#plan();
  }
}
