import { recordClassScope, recordProviderMethod } from "../src/container/class-scope.js";
import { ScopeError } from "../src/errors.js";
import { invalidOption } from "../src/options.js";
import type { PerAsyncContextOptions, SharedOptions } from "../src/scopes/options.js";
import { perAsyncContextScope } from "../src/scopes/per-async-context.js";
import { pooledScope } from "../src/scopes/pooled.js";
import type { PooledOptions } from "../src/scopes/pooled-options.js";
import type { Scope } from "../src/scopes/scope.js";
import { sharedScope } from "../src/scopes/shared.js";

/** What a provider method makes, where its return class does not tell: it returns a promise, or an interface. */
export interface Provides {
  /** The service identifier; default: the method's return class. */
  readonly provides?: ProvidedService | undefined;
}

/** A service identifier: a class, a symbol or a string. */
export type ProvidedService = string | symbol | (abstract new (...args: never[]) => unknown);

/** A decorator of classes, and of methods of provider classes. */
export type ScopeDecorator = (target: object, method?: string | symbol, descriptor?: PropertyDescriptor) => void;

/**
 * Gives a class, or what a provider method makes, the shared scope: one instance for the container.
 *
 * On a class it implies `@injectable()`, and `bind(X).to(ThatClass)`, `.toSelf()` and `scopedModule(ThatClass)` apply it.
 *
 * @param options - see {@link SharedOptions}; on methods `provides` too
 * @throws ScopeError `INVALID_OPTION`
 *
 * @example
 * ```ts
 * @shared()
 * class Settings {}
 * ```
 */
export function shared(options: SharedOptions<never> & Provides = {}): ScopeDecorator {
  return decorator("@shared", options, (rest) => sharedScope(rest as SharedOptions));
}

/**
 * Gives a class, or what a provider method makes, the per-async-context scope: one instance for each `runInContext`.
 *
 * On a class it implies `@injectable()`, and `bind(X).to(ThatClass)`, `.toSelf()` and `scopedModule(ThatClass)` apply it.
 *
 * @param options - see {@link PerAsyncContextOptions}; on methods `provides` too
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
export function perAsyncContext(options: PerAsyncContextOptions<never> & Provides = {}): ScopeDecorator {
  return decorator("@perAsyncContext", options, (rest) => perAsyncContextScope(rest as PerAsyncContextOptions));
}

/**
 * Gives a class, or what a provider method makes, the pooled scope: at most `maxSize` instances, leased by contexts.
 *
 * On a class it implies `@injectable()`, and `bind(X).to(ThatClass)`, `.toSelf()` and `scopedModule(ThatClass)` apply it.
 *
 * @param maxSize - how many instances at most, 1 … Infinity
 * @param options - see {@link PooledOptions}; on methods `provides` too
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
// oxlint-disable-next-line typescript/no-explicit-any -- hooks name the service's own type, which a decorator cannot infer
export function pooled(maxSize: number, options: Omit<PooledOptions<any>, "maxSize"> & Provides = {}): ScopeDecorator {
  if (typeof maxSize !== "number") throw invalidOption("@pooled", "maxSize", maxSize, "a number from 1 to Infinity");
  return decorator("@pooled", options, (rest) => pooledScope({ ...rest, maxSize }));
}

function decorator(name: string, options: Provides, makeScope: (rest: object) => Scope): ScopeDecorator {
  if (typeof options !== "object" || options === null) throw invalidOption(name, "options", options, "an object");
  const { provides, ...rest } = options;
  const scope = makeScope(rest);
  return (target, method, descriptor) => {
    if (method === undefined) {
      if (provides !== undefined) throw misplaced(name, "`provides` is for provider methods; bind the class instead");
      if (typeof target !== "function") throw misplaced(name, "it decorates classes and methods");
      recordClassScope(target, scope);
      return;
    }
    if (typeof target === "function") throw misplaced(name, `${String(method)} is static; providers are instance methods`);
    if (typeof descriptor?.value !== "function") throw misplaced(name, `${String(method)} is no method`);
    const service = provides ?? returnClass(name, target, method);
    recordProviderMethod(target.constructor, { method, service, scope });
  };
}

/** The class that TypeScript wrote down as the method's return type. */
function returnClass(name: string, target: object, method: string | symbol): unknown {
  const type: unknown = Reflect.getMetadata("design:returntype", target, method);
  if (typeof type === "function" && type !== Object && type !== Promise) return type;
  throw misplaced(
    name,
    `the return type of ${target.constructor.name}.${String(method)} names no class; say { provides: TheService }`,
  );
}

function misplaced(name: string, why: string): ScopeError {
  return new ScopeError("INVALID_OPTION", `${name}: ${why}.`);
}
