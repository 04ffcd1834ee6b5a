import type { InversifyBinding } from "./inversify-types.js";
import { noteBinding, notedBinding, type ScopedBinding } from "./scoped-binding.js";

/**
 * Makes a constant, a service's proxy, of a binding that no plan contains. The scope is said after the binding is made: to remove it and to
 * make another would cost three times as much, since inversify looks through its plans for each that comes or goes.
 */
export function becomeConstant(binding: InversifyBinding, scoped: ScopedBinding): void {
  // The factory of a dynamic value.
  Reflect.deleteProperty(binding, "value");
  Object.assign(binding, {
    type: "ConstantValue",
    scope: "Singleton",
    implementationType: undefined,
    factory: undefined,
    onActivation: undefined,
    onDeactivation: undefined,
  });
  noteBinding(binding, scoped);
  Object.setPrototypeOf(binding, lateConstant);
}

/** The proxy is made when inversify asks for the constant. */
const lateConstant = {
  get value(): unknown {
    return notedBinding(this)!.service.proxy;
  },
};
