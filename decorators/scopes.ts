import { recordClassScope, recordProviderMethod } from "../src/container/class-scope.js";
import { ScopeError } from "../src/errors.js";
import { invalidOption } from "../src/options.js";
import type { DeferrableOf } from "../src/proxy/async-view.js";
import type { PerAsyncContextOptions, SharedOptions } from "../src/scopes/options.js";
import { perAsyncContextScope } from "../src/scopes/per-async-context.js";
import { pooledScope } from "../src/scopes/pooled.js";
import type { PooledOptions } from "../src/scopes/pooled-options.js";
import type { Scope } from "../src/scopes/scope.js";
import { sharedScope } from "../src/scopes/shared.js";

/** What a provider method makes, where its return class does not tell: it returns a promise, or an interface. */
export interface Provides<T = unknown> {
  /** The service identifier; default: the method's return class. */
  readonly provides?: ProvidedService<T> | undefined;
}

/** A service identifier: a class, a symbol or a string. */
export type ProvidedService<T = unknown> = string | symbol | (abstract new (...args: never[]) => T);

/** A scope's options as decorators take them: hooks and `defer` are typed where `provides` is a class. */
export type Decorating<T, Options> = NoInfer<Omit<Options, "defer">> &
  Provides<T> & { readonly defer?: NoInfer<readonly DeferrableOf<T>[]> | undefined };

/** A decorator of classes, and of methods of provider classes. */
export type ScopeDecorator = (target: object, method?: string | symbol, descriptor?: PropertyDescriptor) => void;

/**
 * Gives a class, or what a provider method makes, the shared scope: one instance for the container.
 *
 * On a class it implies `@injectable()`, and `bind(X).to(ThatClass)`, `.toSelf()` and `scopedModule(ThatClass)` apply it.
 * They do so in containers that have the {@link ScopesPlugin}. In any other, a child container too, the class gets the
 * container's default scope, and nothing says so: register the plugin on each; `verify(container)` throws where it is missing.
 *
 * @param options - see {@link SharedOptions}; on methods `provides` too
 * @returns the decorator, for a class or for a method
 * @throws ScopeError `INVALID_OPTION`
 *
 * @example
 * ```ts
 * @shared()
 * class Settings {}
 * ```
 */
// oxlint-disable-next-line typescript/no-explicit-any -- hooks name the service's own type where nothing else tells it
export function shared<T = any>(options: Decorating<T, SharedOptions<T>> = {}): ScopeDecorator {
  return decorator("@shared", options, (rest) => sharedScope(rest as SharedOptions));
}

/**
 * Gives a class, or what a provider method makes, the per-async-context scope: one instance for each `runInContext`.
 *
 * On a class it implies `@injectable()`, and `bind(X).to(ThatClass)`, `.toSelf()` and `scopedModule(ThatClass)` apply it.
 * They do so in containers that have the {@link ScopesPlugin}. In any other, a child container too, the class gets the
 * container's default scope, and nothing says so: register the plugin on each; `verify(container)` throws where it is missing.
 *
 * @param options - see {@link PerAsyncContextOptions}; on methods `provides` too
 * @returns the decorator, for a class or for a method
 * @throws ScopeError `INVALID_OPTION`
 *
 * @example
 * ```ts
 * @perAsyncContext()
 * class CurrentUser {
 *   name = "nobody";
 * }
 * ```
 */
// oxlint-disable-next-line typescript/no-explicit-any -- as above
export function perAsyncContext<T = any>(options: Decorating<T, PerAsyncContextOptions<T>> = {}): ScopeDecorator {
  return decorator("@perAsyncContext", options, (rest) => perAsyncContextScope(rest as PerAsyncContextOptions));
}

/**
 * Gives a class, or what a provider method makes, the pooled scope: at most `maxSize` instances, leased by contexts.
 *
 * On a class it implies `@injectable()`, and `bind(X).to(ThatClass)`, `.toSelf()` and `scopedModule(ThatClass)` apply it.
 * They do so in containers that have the {@link ScopesPlugin}. In any other, a child container too, the class gets the
 * container's default scope, and nothing says so: register the plugin on each; `verify(container)` throws where it is missing.
 *
 * @param maxSize - how many instances at most, 1 … Infinity
 * @param options - see {@link PooledOptions}; on methods `provides` too
 * @returns the decorator, for a class or for a method
 * @throws ScopeError `INVALID_OPTION`
 *
 * @example
 * ```ts
 * class Providers {
 *   @pooled(8, { provides: Db })
 *   async db(): Promise<Db> {
 *     return Db.connect(process.env.DATABASE_URL);
 *   }
 * }
 * container.load(scopedModule(Providers));
 * ```
 */
// oxlint-disable-next-line typescript/no-explicit-any -- as above
export function pooled<T = any>(
  maxSize: number,
  options: Decorating<T, Omit<PooledOptions<T>, "maxSize">> = {},
): ScopeDecorator {
  if (typeof maxSize !== "number") throw invalidOption("@pooled", "maxSize", maxSize, "a number from 1 to Infinity");
  if ("maxSize" in Object(options)) {
    throw invalidOption(
      "@pooled",
      "maxSize",
      (options as { maxSize?: unknown }).maxSize,
      "said once, as the first argument",
    );
  }
  return decorator("@pooled", options, (rest) => pooledScope({ ...rest, maxSize }));
}

function decorator(name: string, options: Provides, makeScope: (rest: object) => Scope): ScopeDecorator {
  if (typeof options !== "object" || options === null) throw invalidOption(name, "options", options, "an object");
  const { provides, ...rest } = options;
  if (provides !== undefined && !isIdentifier(provides)) {
    throw invalidOption(name, "provides", provides, "a class, a symbol or a string that is not empty");
  }
  const scope = makeScope(rest);
  return (target, method, descriptor) => {
    if (isStandard(method))
      throw misplaced(name, "inversify's decorators need `experimentalDecorators` in tsconfig.json");
    if (method === undefined) decorateClass(name, target, descriptor, scope, provides);
    else decorateMethod(name, target, method, descriptor, scope, provides);
  };
}

function isIdentifier(value: unknown): boolean {
  return typeof value === "function" || typeof value === "symbol" || (typeof value === "string" && value !== "");
}

/** TypeScript's decorators without `experimentalDecorators` are given a context in the second place. */
function isStandard(method: unknown): boolean {
  return typeof method === "object";
}

function decorateClass(name: string, target: object, parameter: unknown, scope: Scope, provides: unknown): void {
  if (typeof target !== "function") throw misplaced(name, "it decorates classes and methods");
  if (parameter !== undefined) {
    throw misplaced(`${name} on a parameter of ${target.name}`, "it decorates classes and methods");
  }
  const where = `${name} on ${target.name}`;
  if (provides !== undefined) throw misplaced(where, "`provides` is for provider methods; bind the class instead");
  if (!recordClassScope(target, scope)) throw misplaced(where, "the class has a scope already; it can have one");
}

function decorateMethod(
  name: string,
  target: object,
  method: string | symbol,
  descriptor: unknown,
  scope: Scope,
  provides: unknown,
): void {
  const isStatic = typeof target === "function";
  const providerClass = (isStatic ? target : target.constructor) as { readonly name: string };
  const where = `${name} on ${providerClass.name}.${String(method)}`;
  if (isStatic) throw misplaced(where, "it is static; providers are instance methods");
  const value: unknown = (descriptor as PropertyDescriptor | undefined)?.value;
  if (typeof value !== "function") throw misplaced(where, "it is no method; decorate a class or a method");
  const service = provides ?? returnClass(where, target, method);
  if (!recordProviderMethod(providerClass, { method, service, scope })) {
    throw misplaced(where, "the method has a scope already; it can have one");
  }
}

/** What TypeScript writes down for types that are no classes. */
const NO_SERVICES = new Set<unknown>([Array, BigInt, Boolean, Function, Number, Object, Promise, String, Symbol]);

/** The class that TypeScript wrote down as the method's return type. */
function returnClass(where: string, target: object, method: string | symbol): unknown {
  const type: unknown = Reflect.getMetadata("design:returntype", target, method);
  if (typeof type === "function" && !NO_SERVICES.has(type)) return type;
  throw misplaced(where, "its return type names no class; say { provides: TheService }");
}

function misplaced(where: string, why: string): ScopeError {
  return new ScopeError("INVALID_OPTION", `${where}: ${why}.`);
}
