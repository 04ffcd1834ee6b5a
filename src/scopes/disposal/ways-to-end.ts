import { descriptorOf } from "../../base/descriptor-of.js";
import { targetOfInstance } from "../../proxy/registry.js";
import { warnOfEndless } from "./failures.js";

/** The names of the method that ends most clients; few of them have a `Symbol.asyncDispose`. */
const ENDS = ["end", "close", "quit", "disconnect", "release"] as const;

/**
 * A method that seems to end an object, if the object has none of the two symbols that the library calls.
 *
 * @param object - an instance, or the prototype of a class
 */
export function unusedEndOf(object: object): string | undefined {
  if ([Symbol.asyncDispose, Symbol.dispose].some((key) => isFunction(object, key))) return undefined;
  return ENDS.find((key) => isFunction(object, key));
}

function isFunction(object: object, key: PropertyKey): boolean {
  return typeof descriptorOf(object, key)?.value === "function";
}

/**
 * Warns, once for a binding, that nothing ends its instances.
 *
 * @param isEnded - whether something else ends them; called only if need be
 */
export function warnIfEndless(service: string, instance: object, isEnded: () => boolean): void {
  const end = unusedEndOf(instance);
  if (end !== undefined && !isEnded()) warnOfEndless(service, end);
}

/** Ends an instance by its own `Symbol.asyncDispose` or `Symbol.dispose`, if it has one. */
export function disposeOf(instance: object): void | Promise<void> {
  // Another service's proxy stands for what that service ends.
  if (targetOfInstance(instance) !== undefined) return undefined;
  const disposable = instance as Partial<AsyncDisposable & Disposable>;
  const asyncDispose = disposable[Symbol.asyncDispose];
  if (typeof asyncDispose === "function") return Reflect.apply(asyncDispose, instance, []) as Promise<void>;
  const dispose = disposable[Symbol.dispose];
  if (typeof dispose === "function") Reflect.apply(dispose, instance, []);
  return undefined;
}
