import { injectable } from "inversify";
import type { Scope } from "../scopes/scope.js";
import type { InversifyClass } from "./inversify-types.js";

/** A method of a provider class that is the factory of a service. */
export interface ProviderMethod {
  readonly method: PropertyKey;
  readonly service: unknown;
  readonly scope: Scope;
}

interface Records {
  readonly classes: WeakMap<object, Scope>;
  readonly providers: WeakMap<object, ProviderMethod[]>;
}

/** Decorators of one copy of the package must be seen by the container of another. */
const KEY = Symbol.for("inversify-scopes/decorated/1");
const records = ((globalThis as { [KEY]?: Records })[KEY] ??= { classes: new WeakMap(), providers: new WeakMap() });

export function recordClassScope(decorated: object, scope: Scope): void {
  records.classes.set(decorated, scope);
}

/** The scope that a decorator gave to this very class; subclasses do not inherit it. */
export function classScopeOf(decorated: InversifyClass): Scope | undefined {
  return records.classes.get(decorated);
}

export function recordProviderMethod(providerClass: object, method: ProviderMethod): void {
  const methods = records.providers.get(providerClass) ?? [];
  methods.push(method);
  records.providers.set(providerClass, methods);
}

export function providerMethodsOf(providerClass: object): readonly ProviderMethod[] {
  return records.providers.get(providerClass) ?? [];
}

/** A class with a scope of ours is injectable without saying so; saying so twice is an error of inversify's. */
export function ensureInjectable(decorated: InversifyClass): void {
  const isInjectable: unknown = Reflect.getOwnMetadata(INJECTABLE, decorated);
  if (isInjectable !== true) injectable()(decorated);
}
const INJECTABLE = "@inversifyjs/core/classIsInjectableFlagReflectKey";
