import { aFunction, type Allowed, checkGiven, checkRecord, duration, invalidOption } from "../base/options.js";
import { type Clock, systemClock } from "../pool/time/clock.js";
import { POOL_OPTIONS } from "../pool/settings.js";
import { Total } from "../pool/total.js";
import { Branches } from "./keyed/branches.js";
import { checkKey, type Keyed } from "./keyed/key.js";
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
   * Returns the current key, such as the tenant's name. Called at each touch, in the async context of the toucher. The touch
   * throws what it throws. It should be quick, and must return a string.
   */
  key: () => string;
  /** The scope of the instances of one key: shared, per async context or pooled, or one of your own. */
  scope: Scope<T> | ScopeName;
  /**
   * How many instances of all keys may exist at the same time, 1 or more; for pooled and shared scopes. At the limit, an idle
   * instance of another key makes room for whoever waits. The longest waiter is served first, whatever its key. It counts those of
   * a keyed scope within, too, which then has no limit of its own. Default `Infinity`.
   */
  maxTotal?: number | undefined;
  /**
   * For how many milliseconds a key may be unused before its pool is closed, or its instance is destroyed. `Infinity` for ever.
   * Default 600 000.
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

/** What {@link keyedScope} returns; the library's own view of it. */
export interface KeyedScope extends Scope {
  /** The scope of the instances of one key. */
  readonly ofOneKey: Scope;
  readonly isLimited: boolean;
}

/** Whether there may be a limit on the instances of such scopes, which may be by key themselves. */
function checkLimit(maxTotal: number, scope: Scope): void {
  const refuse = (text: string): never => {
    throw invalidOption("keyedScope", "maxTotal", maxTotal, text);
  };
  let inner: Partial<KeyedScope> & Scope = scope;
  for (; inner.ofOneKey !== undefined; inner = inner.ofOneKey) {
    if (inner.isLimited === true)
      refuse("left out where the keyed scope within has one: an instance counts for one limit");
  }
  if (inner.name === "per-async-context") {
    refuse("left out for instances of a context, which can neither wait nor make room");
  }
}

/**
 * One pool, or one instance, for each key: for each tenant, say. The proxy means that of the current key, also within one
 * context, if the key changes there. A context gives back what it acquired for all keys at its end.
 *
 * The pool or instance of a key is made at first use, and ended when it was unused for `idleTimeoutMs`. It is in use as long as
 * an open context has touched it, an instance is leased, a call, stream or iterator of it goes on, or a caller waits for it.
 *
 * Factories and hooks of shared and pooled instances run in no context; {@link currentKey} tells them the key. `poolOf(proxy)` is
 * the pool of the current key, `pools(container)` has the pools of all keys.
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
  if (maxTotal !== Infinity) checkLimit(maxTotal, scope);
  const keyed: KeyedScope = {
    ...scope,
    name: `keyed ${scope.name}`,
    ofOneKey: scope,
    isLimited: maxTotal !== Infinity,
    open(service) {
      const own = maxTotal === Infinity ? undefined : new Total(maxTotal);
      const total = own ?? (service as Partial<Keyed>).total;
      const branches = new Branches(service, { scope, total, idleTimeoutMs, clock });
      const branchOf = (member?: PropertyKey) => branches.of(checkKey(service.name, key()), member);
      const selected = selectSource(service, {
        select: (member) => branchOf(member).touched().source,
        sources: () => branches.sources(),
      });
      /** A look is free. There may be no key, or nothing for it. */
      const seen = () => {
        try {
          return branches.seen(checkKey(service.name, key()))?.source;
        } catch {
          return undefined;
        }
      };
      return {
        ...selected,
        peek: () => seen()?.peek(),
        async release(how) {
          await seen()?.release(how);
        },
        async lease(how) {
          return branchOf().lease(how);
        },
        close(drainMs) {
          own?.end();
          return branches.close(() => selected.close(drainMs));
        },
      };
    },
  };
  return keyed;
}
