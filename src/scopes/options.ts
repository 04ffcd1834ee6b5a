import { type Allowed, aBoolean, aFunction, checkRecord, oneOf } from "../base/options.js";
import type { Deferring } from "../proxy/async-view.js";
import { classOf, isClassOrExample } from "../proxy/example.js";
import type { Class } from "../proxy/class.js";
import { targetOf } from "../proxy/registry.js";
import { aDriver, type TransactionDriver } from "./in-transaction/driver.js";

/**
 * The options that a binding has in every scope.
 *
 * @example
 * ```ts
 * const options: BindingOptions<Db> = { proxy: "full", destroy: (db) => db.end() };
 * container.bind<Db>("replica").toDynamicValue(connect).inSharedScope(options);
 * ```
 */
export interface BindingOptions<T = object> {
  /**
   * What the proxy shows, if neither `to` nor the service identifier tells: a class, also an abstract one; `Function` or `Array`
   * for services that are one; or an example of an instance, which shows its class and its own members (a client that is not
   * connected will do). Default: the target of `to`, else the identifier if it is a class.
   */
  shape?: object | undefined;
  /**
   * Members that return a promise without being native `async` methods (a driver's `query`): their calls too may wait for an
   * instance that is not there yet. Give their names; `"all"` for every method; or a function that decides by name, for clients
   * with hundreds of commands. A member may be named if one of its overloads returns a promise: a call whose last argument is a
   * function, and no `async` one, is the form with a callback and does not wait. TypeScript checks this where it knows the
   * service. Default none.
   */
  defer?: Deferring<T> | undefined;
  /**
   * `auto`: an ordinary object with forwarders where the class is known, as fast as hand-written code. `full`: an ES
   * Proxy, several times slower, that also sees `delete`, descriptors, and own fields before the first instance. Services
   * without a known class are always `full`. Default `auto`.
   */
  proxy?: "auto" | "full" | undefined;
  /**
   * Forward by plain closures instead of generated code. Where a process refuses to compile scripts they do so without this option.
   * Default false.
   */
  jitless?: boolean | undefined;
  /**
   * Ends an instance, after its deactivation handlers. What it returns is awaited if it is a promise (or another thenable).
   * Default: the instance's own `Symbol.asyncDispose` or `Symbol.dispose`, if it has one.
   */
  destroy?: ((instance: T) => unknown) | undefined;
  /**
   * How transactions begin and end on an instance, for `transactional` of `inversify-scopes/transactions`. Not for shared services,
   * whose one instance everybody uses at the same time. Default none.
   */
  transactions?: TransactionDriver<T> | undefined;
}

/** Options compared member by member, so that options of a base class, or of an unknown type, fit. */
export type OptionsFor<Options> = { [Name in keyof Options]: Options[Name] };

/** The type of instance that a scope's hooks get. If the type of the service is unknown, every scope fits. */
export type InstanceOf<T> = 0 extends 1 & T ? T : unknown extends T ? never : T;

/** The options of `.inSharedScope()`, `@shared()` and `sharedScope()`. */
export type SharedOptions<T = object> = Omit<BindingOptions<T>, "transactions">;

/** The options of `.inPerAsyncContextScope()`, `@perAsyncContext()` and `perAsyncContextScope()`. */
export type PerAsyncContextOptions<T = object> = BindingOptions<T>;

export const BINDING_OPTIONS: Readonly<Record<keyof BindingOptions, Allowed>> = {
  shape: {
    test: (value) => targetOf(value) === undefined && isClassOrExample(value),
    text: "a class, Function or Array, or an example of what is made",
  },
  defer: {
    test: (value) =>
      value === "all" || typeof value === "function" || (Array.isArray(value) && value.every((key) => isKey(key))),
    text: 'an array of member names, "all", or a function that says of a name whether its calls wait',
  },
  proxy: oneOf("auto", "full"),
  jitless: aBoolean,
  destroy: aFunction,
  transactions: aDriver,
};

/** The allowed options of shared services. */
export const SHARED_OPTIONS: typeof BINDING_OPTIONS = {
  ...BINDING_OPTIONS,
  transactions: {
    test: () => false,
    text: "left out: everybody uses a shared instance at the same time, and would be in the same transaction. Use the pooled scope",
  },
};

function isKey(value: unknown): boolean {
  return typeof value === "string" || typeof value === "symbol";
}

/** The options with which a proxy was made, with the class that it shows. */
export type ShownBy = Omit<BindingOptions, "shape"> & { readonly shape: Class | undefined };

/** The class that the option `shape` shows. */
export function shownBy({ shape }: BindingOptions): Class | undefined {
  return shape && classOf(shape);
}

/** @throws ScopeError `INVALID_OPTION` */
export function checkSharedOptions(where: string, options: unknown): BindingOptions {
  checkRecord(where, options, SHARED_OPTIONS);
  return options as BindingOptions;
}

/** @throws ScopeError `INVALID_OPTION` */
export function checkBindingOptions(where: string, options: unknown): BindingOptions {
  checkRecord(where, options, BINDING_OPTIONS);
  return options as BindingOptions;
}
