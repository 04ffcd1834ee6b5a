import type { InversifyBinding } from "./inversify-types.js";

/**
 * Makes a constant of a binding that no plan contains. The scope is said after the binding is made: to remove it and to make another
 * would cost three times as much, since inversify looks through its plans for each that comes or goes.
 */
export function becomeConstant(binding: InversifyBinding, value: object): void {
  Object.assign(binding, {
    type: "ConstantValue",
    scope: "Singleton",
    value,
    implementationType: undefined,
    factory: undefined,
    onActivation: undefined,
    onDeactivation: undefined,
  });
}
