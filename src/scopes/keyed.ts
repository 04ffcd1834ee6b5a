import { aFunction, type Allowed, checkGiven, checkRecord, duration, invalidOption } from "../base/options.js";
import { type Clock, systemClock } from "../pool/time/clock.js";
import { POOL_OPTIONS } from "../pool/settings.js";
import { Total } from "../pool/total.js";
import { HeldLease } from "./held-lease.js";
import { Branches } from "./keyed/branches.js";
import { checkKey } from "./keyed/key.js";
import type { InstanceOf } from "./options.js";
import { resolveScope } from "./resolve-scope.js";
import type { Scope, ScopeName } from "./scope.js";
import { selectSource } from "./selecting.js";

/**
 * The options of {@link keyedScope}.
 *
 * @example
 * ```ts
 * const options: KeyedOptions<Db> = { key: () => request.tenant, scope: pooledScope(4), maxTotal: 100 };
 * container.bind<Db>("per tenant").toDynamicValue(connect).inScope(keyedScope(options));
 * ```
 */
// oxlint-disable-next-line typescript/no-explicit-any -- as of Scope
export interface KeyedOptions<T = any> {
  /**
   * Tells the key of the moment, such as the tenant's name. Called at each touch, in the async context of whoever touches; what
   * it throws is what the touch throws. It should be quick, and must return a string.
   */
  key: () => string;
  /** The scope of the instances of one key: shared, per async context or pooled, or one of your own. */
  scope: Scope<T> | ScopeName;
  /**
   * How many instances of all keys may exist at the same time, 1 or more; for pooled and shared scopes. Where there are so many, an
   * idle one of another key makes room for whoever waits; who waits longest, for whichever key, is served first. Default `Infinity`.
   */
  maxTotal?: number | undefined;
  /**
   * After so many milliseconds in which nobody used it, what there is for a key is ended: its pool is closed, its instance is
   * destroyed. `Infinity` for never. Default 600 000.
   */
  idleTimeoutMs?: number | undefined;
  /** Time and timers, for tests. */
  clock?: Clock | undefined;
}

const KEYED_OPTIONS: Readonly<Record<keyof KeyedOptions, Allowed>> = {
  key: aFunction,
  scope: { test: () => true, text: 'a Scope, "shared" or "per-async-context"' },
  maxTotal: POOL_OPTIONS.maxSize,
  idleTimeoutMs: {
    test: (value) => duration.test(value) && value !== 0 && (value === Infinity || Number(value) < 2 ** 31),
    text: "milliseconds, more than 0 and less than 2147483648, or Infinity",
  },
  clock: POOL_OPTIONS.clock,
};

/** What {@link keyedScope} returns, as the library sees it. */
export interface KeyedScope extends Scope {
  /** The scope of the instances of one key. */
  readonly ofOneKey: Scope;
}

/**
 * One pool, or one instance, for each key: for each tenant, say. The proxy means that of the key of the moment; also within
 * one context, if the key changes there. What a context has taken of several keys goes back at its end.
 *
 * What there is for a key is made at first use, and ended when nobody has used it for `idleTimeoutMs`. It is in use as long as
 * an open context has touched it, an instance is leased, a call, stream or iterator of it goes on, or somebody waits for it.
 *
 * Factories and hooks of shared and pooled instances run in no context; they are told the key by {@link currentKey}.
 * `poolOf(proxy)` is the pool of the key of the moment, `pools(container)` has those of all keys.
 *
 * @param options - see {@link KeyedOptions}
 * @throws ScopeError `INVALID_OPTION`; so does a touch for which `key` returns no string
 *
 * @example
 * ```ts
 * const perTenant = keyedScope({ key: () => request.tenant, scope: pooledScope(4), maxTotal: 100, idleTimeoutMs: 60_000 });
 * container.bind<Db>("of the tenant").toDynamicValue(() => connect(`${url}/${currentKey()}`)).inScope(perTenant);
 * ```
 */
export function keyedScope<T>(options: KeyedOptions<T>): Scope<InstanceOf<T>> {
  checkRecord("keyedScope", options, KEYED_OPTIONS);
  checkGiven("keyedScope", options, KEYED_OPTIONS, ["key", "scope"]);
  const { key, maxTotal = Infinity, idleTimeoutMs = 600_000, clock = systemClock } = options;
  const scope = resolveScope("keyedScope", options.scope);
  if (maxTotal !== Infinity && scope.name === "per-async-context") {
    const text = "left out for instances of a context, which can neither wait nor make room";
    throw invalidOption("keyedScope", "maxTotal", maxTotal, text);
  }
  const keyed: KeyedScope = {
    ...scope,
    name: `keyed ${scope.name}`,
    ofOneKey: scope,
    open(service) {
      const total = maxTotal === Infinity ? undefined : new Total(maxTotal);
      const branches = new Branches(service, { scope, total, idleTimeoutMs, clock });
      const branchOf = (member?: PropertyKey) => branches.of(checkKey(service.name, key()), member);
      const chosen = selectSource(service, {
        select: (member) => branchOf(member).source,
        sources: () => branches.sources(),
      });
      /** Looking is free: there may be no key, or nothing for it. */
      const seen = () => {
        try {
          return branches.seen(checkKey(service.name, key()))?.source;
        } catch {
          return undefined;
        }
      };
      return {
        ...chosen,
        peek: () => seen()?.peek(),
        async release(how) {
          await seen()?.release(how);
        },
        async lease(how) {
          const branch = branchOf();
          if (branch.isPooled) return branch.source.lease(how);
          branch.useBegan();
          const over = (): void => branch.useEnded();
          try {
            const inner = await branch.source.lease(how);
            const back = async (): Promise<void> => {
              over();
              await inner.release();
            };
            return new HeldLease(branch.service.name, inner.value, back, () => void inner.value);
          } catch (error) {
            over();
            throw error;
          }
        },
        close: (drainMs) => branches.close(() => chosen.close(drainMs)),
      };
    },
  };
  return keyed;
}
