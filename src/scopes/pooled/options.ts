import { aFunction, checkRecord, invalidOption, oneOf } from "../../base/options.js";
import type { PoolOptions } from "../../pool/options.js";
import { POOL_OPTIONS, resolveOptions } from "../../pool/settings.js";
import type { DeferringAny } from "../../proxy/async-view.js";
import { BINDING_OPTIONS, type BindingOptions } from "../options.js";

/** `defer` of every binding. Written for an unknown type it fits every type, so that options can be shared. */
interface Defers<T> {
  /**
   * Members that return a promise without being native `async` methods (a driver's `query`): their calls too may wait for an
   * instance. Their names, `"all"`, or a function that decides by name; see {@link BindingOptions}. Default none.
   */
  defer?: DeferringAny<T> | undefined;
}

/**
 * The options of `.inPooledScope()`, `@pooled()` and `pooledScope()`: those of the pool (without `create`, since the
 * binding makes the instances), those of every binding, and how long and how the context uses its instance.
 *
 * @example
 * ```ts
 * const options: PooledOptions<Db> = {
 *   maxSize: 8,
 *   acquireTimeoutMs: 2_000,
 *   checkOn: ["acquire"],
 *   healthCheck: (db) => db.query("select 1"),
 *   concurrency: "serialize",
 * };
 * container.bind<Db>("primary").toDynamicValue(connect).inPooledScope(options);
 * ```
 */
export interface PooledOptions<T = object>
  extends Omit<PoolOptions<T>, "create" | "destroy">, Omit<BindingOptions<T>, "defer">, Defers<T> {
  /**
   * How long a lease lasts. `context`: from the first touch to the end of the context. `call`: each call acquires an instance,
   * and releases it when its promise settles; for stateless clients; works without a context. Default `context`.
   */
  lease?: "context" | "call" | undefined;
  /**
   * Several calls at once on the one instance of a context: let them (`allow`), one after the other (`serialize`; calls
   * made inside a call go at once; a synchronous call that would have to wait throws `CONCURRENT_USE`), or refuse the
   * second (`throw`, `CONCURRENT_USE`). Default `allow`.
   */
  concurrency?: "allow" | "serialize" | "throw" | undefined;
}

const { create: _create, ...OF_POOL } = POOL_OPTIONS;
const OWN = { lease: oneOf("context", "call"), concurrency: oneOf("allow", "serialize", "throw") };

/** The allowed options, by name. */
export const POOLED_OPTIONS = { ...OF_POOL, ...BINDING_OPTIONS, ...OWN };

interface Split {
  readonly pool: Omit<PoolOptions<object>, "create" | "destroy">;
  readonly binding: BindingOptions;
  readonly lease: "context" | "call";
  readonly concurrency: "allow" | "serialize" | "throw";
}

/**
 * Checks all options at bind time, and splits them.
 *
 * @throws ScopeError `INVALID_OPTION`
 */
export function splitPooledOptions(where: string, given: unknown): Split {
  const options = typeof given === "number" ? { maxSize: given } : given;
  if (typeof options !== "object" || options === null) {
    throw invalidOption(where, "maxSize", given, "a number of instances, or an object of options");
  }
  refuseCreate(where, options);
  checkRecord(where, options, POOLED_OPTIONS);
  const pool: Record<string, unknown> = {};
  const binding: Record<string, unknown> = {};
  const own: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(options)) {
    const part = name in OWN ? own : name in BINDING_OPTIONS ? binding : pool;
    part[name] = value;
  }
  resolveOptions({ label: where, ...pool, create: aFunction.test } as unknown as PoolOptions<object>);
  const { lease = "context", concurrency = "allow" } = own as Partial<Split>;
  return { pool: pool as unknown as Split["pool"], binding, lease, concurrency };
}

/** Refuses the pool's option that a binding does not have. */
export function refuseCreate(where: string, options: object): void {
  if (!("create" in options)) return;
  const text = "left out: what is bound (to, toDynamicValue, setFactory …) makes the instances";
  throw invalidOption(where, "create", options.create, text);
}
