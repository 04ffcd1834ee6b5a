import type { ServiceIdentifier } from "inversify";
import { targetOf } from "../proxy/registry.js";
import type { Class } from "../proxy/class.js";
import type { Scope } from "../scopes/scope.js";
import type { ScopedService } from "../scopes/binding/scoped-service.js";
import type { HiddenBinding } from "./hidden-binding.js";
import type { InversifyBinding } from "./inversify-types.js";

/** What is behind the proxy of a binding. */
export interface BoundScope {
  readonly service: ScopedService;
  readonly recipe: HiddenBinding;
  readonly identifier: ServiceIdentifier;
  /** Of the constant that inversify has bound: the proxy may be anybody's constant elsewhere. */
  readonly bindingId: number;
  readonly facts: RecipeFacts;
}

/** What a recipe tells before it runs. */
export interface RecipeFacts {
  /** The class of its instances. */
  readonly shape: Class | undefined;
  /** The scope with which that class, or the one that is bound, is decorated, be it the binding's or not. */
  readonly classScope: Scope | undefined;
  /** The function that makes them, where it is no class. */
  readonly factory: object | undefined;
}

/** Which target belongs to which binding of this copy of the package; the registry of bindings is inversify's own. */
const BOUND = Symbol("inversify-scopes: bound scope");

interface Bound {
  [BOUND]?: BoundScope;
}

export function registerBoundScope(bound: BoundScope): void {
  (bound.service.target as Bound)[BOUND] = bound;
}

/** What is behind a proxy that stands for a binding; `undefined` for any other value. */
export function boundScopeOf(value: unknown): BoundScope | undefined {
  return (targetOf(value) as Bound | undefined)?.[BOUND];
}

/** What is behind a binding of ours; `undefined` for any other, also one that holds a proxy as a constant. */
export function boundScopeBy({ id, value }: InversifyBinding): BoundScope | undefined {
  const bound = boundScopeOf(value);
  return bound?.bindingId === id ? bound : undefined;
}
