import { type GetOptions, injectable } from "inversify";
import type { Scope } from "../scopes/scope.js";
import type { InversifyClass } from "./inversify-types.js";
import { processWide } from "../base/process-wide.js";

/** A method of a provider class: the factory of a service. */
export interface ProviderMethod {
  readonly method: PropertyKey;
  readonly service: unknown;
  readonly scope: Scope;
  /** The name or the tag under which the service is bound. */
  readonly request: GetOptions | undefined;
  /** What the method gets, as `toResolvedValue` takes it. */
  readonly dependencies: readonly unknown[];
}

interface Records {
  readonly classes: WeakMap<object, Scope>;
  readonly providers: WeakMap<object, ProviderMethod[]>;
}

/** One copy's container must see the decorators of another copy of the package. */
const records = processWide<Records>("decorated/1", () => ({ classes: new WeakMap(), providers: new WeakMap() }));

/** @returns false if the class has one already */
export function recordClassScope(decorated: object, scope: Scope): boolean {
  if (records.classes.has(decorated)) return false;
  records.classes.set(decorated, scope);
  return true;
}

/** The scope that a decorator gave to the class, or to the nearest of those that it extends. */
export function classScopeOf(decorated: object): Scope | undefined {
  for (let owner: object | null = decorated; typeof owner === "function"; owner = Reflect.getPrototypeOf(owner)) {
    const scope = records.classes.get(owner);
    if (scope !== undefined) return scope;
  }
  return undefined;
}

/** @returns false if the method has one already */
export function recordProviderMethod(providerClass: object, provider: ProviderMethod): boolean {
  const methods = records.providers.get(providerClass) ?? [];
  if (methods.some(({ method }) => method === provider.method)) return false;
  records.providers.set(providerClass, [...methods, provider]);
  return true;
}

const NONE: readonly ProviderMethod[] = [];

/** The provider methods of a class, with those that it inherits and does not decorate anew. Most classes have none. */
export function providerMethodsOf(providerClass: object): readonly ProviderMethod[] {
  let found: Map<PropertyKey, ProviderMethod> | undefined;
  for (let owner: object | null = providerClass; owner !== null; owner = Reflect.getPrototypeOf(owner)) {
    for (const provider of records.providers.get(owner) ?? NONE) {
      found ??= new Map<PropertyKey, ProviderMethod>();
      if (!found.has(provider.method)) found.set(provider.method, provider);
    }
  }
  return found === undefined ? NONE : [...found.values()];
}

/** Makes a class with a scope of ours injectable, if it is not. (inversify refuses to do so twice.) */
export function ensureInjectable(decorated: InversifyClass): void {
  const isInjectable: unknown = Reflect.getOwnMetadata(INJECTABLE, decorated);
  if (isInjectable !== true) injectable()(decorated);
}
const INJECTABLE = "@inversifyjs/core/classIsInjectableFlagReflectKey";
