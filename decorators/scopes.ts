import {
  BINDING_OPTIONS,
  checkBindingOptions,
  checkSharedOptions,
  type PerAsyncContextOptions,
  SHARED_OPTIONS,
  type SharedOptions,
} from "../src/scopes/options.js";
import { perAsyncContextScope } from "../src/scopes/per-async-context.js";
import { pooledScope } from "../src/scopes/pooled/scope.js";
import { POOLED_OPTIONS, type PooledOptions, refuseCreate, splitPooledOptions } from "../src/scopes/pooled/options.js";
import type { Scope } from "../src/scopes/scope.js";
import { sharedScope } from "../src/scopes/shared.js";
import type { DeferrableOf } from "../src/proxy/async-view.js";
import { invalidOption } from "../src/base/options.js";
import { decorator, type Kind, refuseBare } from "./apply.js";
import type { Decorating, ScopeDecorator } from "./types.js";

// Editors end an example at an `@` after white space: hence the semicolons in front of decorators.

/**
 * Gives a class, or what a provider method makes, the shared scope: one instance for the container.
 *
 * On a class it implies `@injectable()` and holds for subclasses. Every binding of the class or to it has this scope, unless it says
 * another; so has `scopedModule(ThatClass)`. That needs a container with the {@link ScopesPlugin}. In any other, such as a child
 * container without it, the class silently gets the container's default scope: register the plugin on each container.
 * `verify(container)` throws where it is missing.
 *
 * @param options - see {@link SharedOptions}; and `provides`, on methods
 * @returns the decorator, for a class or for a method
 * @throws ScopeError `INVALID_OPTION`
 *
 * @example
 * ```ts
 * ;@shared()
 * class Settings {}
 * ```
 */
export function shared<T = object, const Names extends DeferrableOf<T> = DeferrableOf<T>>(
  options?: Decorating<T, SharedOptions<T>, Names>,
): ScopeDecorator<T, Names>;
export function shared(...args: readonly unknown[]): unknown {
  refuseBare(SHARED, "@shared()", args);
  const [options = {}] = args;
  return decorator(SHARED, options);
}

const SHARED: Kind = {
  name: "@shared",
  allowed: SHARED_OPTIONS,
  scope: (where, options) => sharedScope(checkSharedOptions(where, options)),
};

/**
 * Gives a class, or what a provider method makes, the per-async-context scope: one instance for each `runInContext`.
 *
 * On a class it implies `@injectable()` and holds for subclasses. Every binding of the class or to it has this scope, unless it says
 * another; so has `scopedModule(ThatClass)`. That needs a container with the {@link ScopesPlugin}. In any other, such as a child
 * container without it, the class silently gets the container's default scope: register the plugin on each container.
 * `verify(container)` throws where it is missing.
 *
 * @param options - see {@link PerAsyncContextOptions}; and `provides`, on methods
 * @returns the decorator, for a class or for a method
 * @throws ScopeError `INVALID_OPTION`
 *
 * @example
 * ```ts
 * ;@perAsyncContext()
 * class CurrentUser {
 *   name = "nobody";
 * }
 * ```
 */
export function perAsyncContext<T = object, const Names extends DeferrableOf<T> = DeferrableOf<T>>(
  options?: Decorating<T, PerAsyncContextOptions<T>, Names>,
): ScopeDecorator<T, Names>;
export function perAsyncContext(...args: readonly unknown[]): unknown {
  refuseBare(PER_ASYNC_CONTEXT, "@perAsyncContext()", args);
  const [options = {}] = args;
  return decorator(PER_ASYNC_CONTEXT, options);
}

const PER_ASYNC_CONTEXT: Kind = {
  name: "@perAsyncContext",
  allowed: BINDING_OPTIONS,
  scope: (where, options) => perAsyncContextScope(checkBindingOptions(where, options)),
};

/**
 * Gives a class, or what a provider method makes, the pooled scope: at most `maxSize` instances, leased by contexts.
 *
 * On a class it implies `@injectable()` and holds for subclasses. Every binding of the class or to it has this scope, unless it says
 * another; so has `scopedModule(ThatClass)`. That needs a container with the {@link ScopesPlugin}. In any other, such as a child
 * container without it, the class silently gets the container's default scope: register the plugin on each container.
 * `verify(container)` throws where it is missing.
 *
 * @param maxSize - how many instances at most, 1 … Infinity
 * @param options - see {@link PooledOptions}; and `provides`, on methods
 * @returns the decorator, for a class or for a method
 * @throws ScopeError `INVALID_OPTION`
 *
 * @example
 * ```ts
 * class Providers {
 *   ;@pooled(8, { provides: Db })
 *   async db(): Promise<Db> {
 *     return Db.connect(process.env.DATABASE_URL);
 *   }
 * }
 * container.load(scopedModule(Providers));
 * ```
 */
export function pooled<T = object, const Names extends DeferrableOf<T> = DeferrableOf<T>>(
  maxSize: number,
  options?: Decorating<T, Omit<PooledOptions<T>, "maxSize">, Names>,
): ScopeDecorator<T, Names>;
export function pooled(...args: readonly unknown[]): unknown {
  refuseBare(POOLED, "@pooled(8)", args);
  const [maxSize, options = {}] = args;
  const scope = (where: string, more: object): Scope => {
    const text = "a number from 1 to Infinity";
    if (typeof maxSize !== "number") throw invalidOption(where, "maxSize", maxSize, text);
    const all = { ...more, maxSize };
    splitPooledOptions(where, all); // checks them here, where the error can name what is decorated
    return pooledScope(all);
  };
  return decorator({ ...POOLED, scope }, options);
}

const { maxSize: _saidFirst, ...BESIDE_MAX_SIZE } = POOLED_OPTIONS;

const POOLED: Omit<Kind, "scope"> = {
  name: "@pooled",
  allowed: BESIDE_MAX_SIZE,
  refuse(where, options) {
    refuseCreate(where, options);
    if (!("maxSize" in options)) return;
    throw invalidOption(where, "maxSize", options.maxSize, "said once, as the first argument");
  },
};
