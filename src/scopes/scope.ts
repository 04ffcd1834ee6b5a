import type { Dependent } from "../context/dependents.js";
import type { Source } from "../proxy/source.js";
import type { BindingOptions, InstanceOf } from "./options.js";

/**
 * The rule that says which instance a service's proxy means right now. The library's own three are {@link sharedScope}, {@link
 * perAsyncContextScope} and {@link pooledScope}. Write one for a rule of your own, mostly by a choice among sources of those
 * three: {@link keyedScope} chooses by a key, `docs/own-scope.md` by a session.
 *
 * @example
 * ```ts
 * let made = 0;
 * const counted: Scope = {
 *   name: "shared, counted",
 *   open: (service) => sharedScope().open({ ...service, create: (n) => (made++, service.create(n)) }),
 * };
 * container.bind("counted").toDynamicValue(() => new Report()).inScope(counted);
 * ```
 */
// oxlint-disable-next-line typescript/no-explicit-any -- a scope that says nothing of instances is for all of them
export interface Scope<T = any> {
  /** Its name in errors, in `verify` and in `diagram`. */
  readonly name: string;
  /**
   * Whether the instances live no longer than an async context. The factory of a shared or pooled service cannot use such a
   * service. Default false.
   */
  readonly endsWithContext?: boolean;
  /** How the binding's proxy is made, and how its instances end; the scope functions keep their options here. */
  readonly options?: BindingOptions;
  /** Only for the compiler: the type of instance that its hooks get. It refuses the scope for services of another type. */
  readonly [instances]?: ((instance: T) => void) | undefined;
  /** Opens the source of one binding's instances. Called once for each binding, and for each swap in a test. */
  open(service: Service): Source;
}

declare const instances: unique symbol;

/** The scopes that fit a service, also if its type is unknown. */
export type ScopeOf<T> = Scope<InstanceOf<T>>;

/**
 * The service for which a scope is opened, as the scope sees it.
 *
 * @example
 * ```ts
 * // The pool of one region: the binding's factory, under a name of its own.
 * const poolIn = (region: string, service: Service): Source =>
 *   pooledScope(4).open({ ...service, name: `${service.name} in ${region}` });
 * ```
 */
export interface Service {
  /** Its name in errors. */
  readonly name: string;
  /**
   * Makes an instance: runs the binding's factory, then its activation handlers. Synchronous if they are.
   *
   * @param n - how many instances were made before, for factories that ask
   * @param dispose - as of `destroy`, for an instance that is made and then refused
   * @throws whatever the factory throws; ScopeError `NOT_PROXYABLE` for a result that no proxy can stand for
   */
  create(n?: number, options?: CreateOptions, dispose?: Dispose): object | Promise<object>;
  /**
   * Ends an instance: deactivation handlers, then the option `destroy`, or the instance's own `Symbol.asyncDispose` or
   * `Symbol.dispose`.
   *
   * @param dispose - instead of these, for a scope inside another scope that has a `destroy` of its own
   */
  destroy(instance: object, dispose?: Dispose): void | Promise<void>;
  /** Runs `fn` in the async context in which the service was bound, but in no context of this library. */
  outside<R>(fn: () => R): R;
  /** How calls of a member could be made to wait, in words, for errors; `undefined` if there is no way. */
  howToWait?(member: PropertyKey | undefined): string | undefined;
  /** Its place in the order of ending: instances end before those that they hold. Hand it on as it is. */
  readonly dependent?: Dependent;
  /** Tells the proxy the one instance that it means for everybody, or that there is none any more. */
  publish(source: Source, instance: object | undefined): void;
}

/** Ends an instance, after its deactivation handlers. */
export type Dispose = (instance: object) => unknown;

/** What a factory gets besides its number. */
export interface CreateOptions {
  /** Aborts when no caller waits for the result any more, or when it takes too long. */
  readonly signal: AbortSignal;
}

/** Names that stand for a scope with its defaults. */
export type ScopeName = "shared" | "per-async-context";
