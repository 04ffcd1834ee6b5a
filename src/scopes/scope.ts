import type { Dependent } from "../context/dependents.js";
import type { Source } from "../proxy/source.js";
import type { BindingOptions, InstanceOf } from "./options.js";

/**
 * The rule that says which instance a service's proxy means right now. The library's own three are
 * {@link sharedScope}, {@link perAsyncContextScope} and {@link pooledScope}; write one for a rule of your own, mostly by
 * choosing among sources of those three: {@link keyedScope} does so by a key, `docs/own-scope.md` for sessions.
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
  /** As errors, `verify` and `diagram` call it. */
  readonly name: string;
  /**
   * Whether the instances live no longer than an async context. Such a service cannot be used while a shared or pooled
   * one is made. Default false.
   */
  readonly endsWithContext?: boolean;
  /** How the binding's proxy is made and its instances end; the scope functions keep their options here. */
  readonly options?: BindingOptions;
  /** Only for the compiler: what its hooks are given; it is no scope for services that are something else. */
  readonly [instances]?: ((instance: T) => void) | undefined;
  /** Opens the source of one binding's instances. Called once for each binding, and for each swap in a test. */
  open(service: Service): Source;
}

declare const instances: unique symbol;

/** The scopes for a service of which little need be known. */
export type ScopeOf<T> = Scope<InstanceOf<T>>;

/**
 * What a scope may do with the service for which it is opened.
 *
 * @example
 * ```ts
 * // The pool of one region: the binding's recipe under a name of its own.
 * const poolIn = (region: string, service: Service): Source =>
 *   pooledScope(4).open({ ...service, name: `${service.name} in ${region}` });
 * ```
 */
export interface Service {
  /** As errors call it. */
  readonly name: string;
  /**
   * Makes an instance: the binding's recipe, then its activation handlers. Synchronous where they are.
   *
   * @param n - how many were made before, for factories that care
   * @param dispose - as for `destroy`: what is made, and refused then, is ended here
   * @throws whatever the recipe throws; ScopeError `NOT_PROXYABLE` for a result that no proxy can stand for
   */
  create(n?: number, options?: CreateOptions, dispose?: Dispose): object | Promise<object>;
  /**
   * Ends an instance: deactivation handlers, then the option `destroy`, or the instance's own `Symbol.asyncDispose` or
   * `Symbol.dispose`.
   *
   * @param dispose - in the place of these, where a scope that is opened inside another has a `destroy` of its own
   */
  destroy(instance: object, dispose?: Dispose): void | Promise<void>;
  /** Runs `fn` in the async context in which the service was bound, in no context of ours. */
  outside<R>(fn: () => R): R;
  /** How calls of a member that cannot wait could be made to, for errors that say what to do; nothing if there is no way. */
  howToWait?(member: PropertyKey | undefined): string | undefined;
  /** Its place in the order of ending, to be handed on as it is: instances end before those that they hold. */
  readonly dependent?: Dependent;
  /** Tells the proxy the one instance that everybody means from now on, or that there is none any more. */
  publish(source: Source, instance: object | undefined): void;
}

/** Ends an instance, after its deactivation handlers. */
export type Dispose = (instance: object) => unknown;

/** What a factory is told besides its number. */
export interface CreateOptions {
  /** Aborts when nobody waits for the result any more, or it takes too long. */
  readonly signal: AbortSignal;
}

/** Names that stand for a scope with its defaults. */
export type ScopeName = "shared" | "per-async-context";
