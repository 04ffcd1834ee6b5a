import type { ServiceIdentifier } from "inversify";
import { targetOf } from "../proxy/registry.js";
import type { Class } from "../proxy/class.js";
import type { Scope } from "../scopes/scope.js";
import type { ScopedService } from "../scopes/binding/scoped-service.js";
import type { HiddenBinding } from "./hidden-binding.js";
import type { InversifyBinding } from "./inversify-types.js";

/** What is behind the proxy of a binding. */
export interface ScopedBinding {
  readonly service: ScopedService;
  /** Makes the instances. */
  readonly hiddenBinding: HiddenBinding;
  readonly identifier: ServiceIdentifier;
  /** The number of inversify's binding: elsewhere the proxy may be a constant like any other. */
  readonly bindingId: number;
  readonly details: BindingDetails;
}

/** What a binding tells of its instances before one is made. */
export interface BindingDetails {
  /** The class of the instances. */
  readonly shape: Class | undefined;
  /** The scope of that class's decorator, or of the decorator of the class that is bound; the binding may say another. */
  readonly classScope: Scope | undefined;
  /** The function that makes the instances, if it is no class. */
  readonly factory: object | undefined;
}

/** On a target, and on a binding of inversify's whose proxy may not be made yet: what is known, if this copy of the package made it. */
const BINDING = Symbol("inversify-scopes: scoped binding");

interface Known {
  [BINDING]?: ScopedBinding;
}

export function registerScopedBinding(scoped: ScopedBinding): void {
  (scoped.service.target as Known)[BINDING] = scoped;
}

/** What is behind a binding's proxy; `undefined` for any other value. */
export function scopedBindingOf(value: unknown): ScopedBinding | undefined {
  return (targetOf(value) as Known | undefined)?.[BINDING];
}

export function noteBinding(binding: InversifyBinding, scoped: ScopedBinding): void {
  (binding as Known)[BINDING] = scoped;
}

/** What {@link noteBinding} has noted. */
export function notedBinding(binding: object): ScopedBinding | undefined {
  return (binding as Known)[BINDING];
}

/** What is behind a binding in a scope of ours; `undefined` for any other, also for one that holds a proxy as a constant. */
export function scopedBindingBy(binding: InversifyBinding): ScopedBinding | undefined {
  const noted = notedBinding(binding);
  if (noted !== undefined) return noted;
  // A copy in a snapshot, or a constant that was bound as one.
  const scoped = scopedBindingOf(binding.value);
  return scoped?.bindingId === binding.id ? scoped : undefined;
}
