import type { GetOptionsTagConstraint, MetadataName, ResolvedValueInjectOptions } from "inversify";
import type { AllOf, DeferrableOf, DeferWhere } from "../src/proxy/async-view.js";
import type { Class } from "../src/proxy/class.js";

/** A service identifier: a class, a symbol or a string. */
export type ProvidedService<T = unknown> = string | symbol | Class<T>;

/** What a parameter of a provider method gets, as inversify's `toResolvedValue` takes it. */
export type Dependency =
  | ResolvedValueInjectOptions<unknown>
  | ResolvedValueInjectOptions<unknown[]>
  | ResolvedValueInjectOptions<undefined>;

/** The options of a provider method, besides the scope's. */
export interface Provides<T = unknown> {
  /** The service identifier; default: the method's return class. */
  readonly provides?: ProvidedService<T> | undefined;
  /** Binds the service under a name, as `whenNamed` does. */
  readonly name?: MetadataName | undefined;
  /** Binds the service under a tag, as `whenTagged` does. */
  readonly tag?: GetOptionsTagConstraint | undefined;
  /** What the method's parameters get, one for each. Default: instances of their classes, where TypeScript wrote them down. */
  readonly inject?: readonly Dependency[] | undefined;
}

/**
 * A scope's options as decorators take them. `provides` tells the type of the instance, or a hook does: `destroy: (db: Db) =>
 * db.end()`. What is decorated has to be of that type.
 */
export type Decorating<T, Options, Names = DeferrableOf<T>> = Omit<Options, "defer"> &
  Provides<T> & { readonly defer?: readonly Names[] | AllOf<T> | DeferWhere | undefined };

/** A decorator of classes whose instances are `T`, and of methods of provider classes that make one. */
export interface ScopeDecorator<T = object, Names = unknown> {
  (target: Class<T & Waiting<Names>>): void;
  <Method extends (...args: never[]) => Made<T> | PromiseLike<Made<T>>>(
    target: object,
    method: string | symbol,
    descriptor: TypedPropertyDescriptor<Method> | undefined,
  ): void;
}

type Made<T> = T;

/** A type with these members, each of which returns a promise. */
type Waiting<Names> = string extends Names
  ? unknown
  : { readonly [K in Extract<Names, PropertyKey>]: (...args: never[]) => PromiseLike<unknown> };
