import { isObject } from "../base/is-object.js";

/** A class whose instances stand behind a proxy. It may be abstract, and its constructor private. */
// Told by its prototype: a type cannot name a private constructor.
export type Class<T = object> = Function & { readonly prototype: T };

/** Any function. */
export type Callable = (...args: unknown[]) => unknown;

/** What can be called with `new`. */
export type Constructor = new (...args: unknown[]) => unknown;

/**
 * Whether a function is a class: used with `new` and for its statics, not as a method. An old-style one, written as a `function`, is
 * told by what its instances inherit.
 */
export function isClass(value: (...args: never[]) => unknown): boolean {
  const descriptor = Reflect.getOwnPropertyDescriptor(value, "prototype");
  const prototype: unknown = descriptor?.value;
  if (!isObject(prototype)) return false;
  if (descriptor!.writable === false) return true;
  const isItsOwn = Object.hasOwn(prototype, "constructor") && prototype.constructor === value;
  return isItsOwn && (Reflect.ownKeys(prototype).length > 1 || Reflect.getPrototypeOf(prototype) !== Object.prototype);
}

export function isMethod(value: unknown): value is Callable {
  return typeof value === "function" && !isClass(value as Callable);
}

/** What the class's instances show as `constructor`: a mixin may have left another class there. */
export function constructorOf(shape: Class): unknown {
  return (shape.prototype as object).constructor;
}
