import { descriptorOf } from "../base/descriptor-of.js";
import { isGenerator } from "../proxy/async-function.js";
import { noGenerator, notMethod } from "./errors.js";
import { checkTransactionOptions } from "./options.js";

type Method = (...args: never[]) => unknown;

/** The decorator `@transactional(…)`: for methods that return a promise. */
export type TransactionalMethod = <M extends (...args: never[]) => PromiseLike<unknown>>(
  target: object,
  method: PropertyKey,
  descriptor: TypedPropertyDescriptor<M>,
) => void;

type Run = (where: string, proxy: unknown, options: unknown, fn: () => unknown) => Promise<unknown>;

/** Puts a transaction around a method. */
export function decorateMethod(proxyOf: (self: unknown) => unknown, options: unknown, run: Run): TransactionalMethod {
  return (target: object, method: PropertyKey, given?: PropertyDescriptor) => {
    const where = `@transactional on ${nameOf(target)}.${String(method)}`;
    checkTransactionOptions(where, options ?? {});
    // inversify's `decorate` gives no descriptor.
    const descriptor = given ?? descriptorOf(target, method);
    const original: unknown = descriptor?.value;
    if (typeof original !== "function") throw notMethod(where);
    if (isGenerator(original)) throw noGenerator(where);
    const value = around(original as Method, (self, body) => run(where, proxyOf(self), options, body));
    const decorated = { ...descriptor, value };
    if (given === undefined) Object.defineProperty(target, method, decorated);
    else given.value = value;
  };
}

/** A method of the same name and length. It is natively `async`, so that calls through a proxy may wait. */
function around(
  original: Method,
  run: (self: unknown, body: () => unknown) => Promise<unknown>,
): (...args: unknown[]) => Promise<unknown> {
  const method = async function (this: unknown, ...args: unknown[]): Promise<unknown> {
    // With `await`, since the language takes two ticks more to follow a promise that is returned as it is.
    return await run(this, () => Reflect.apply(original, this, args) as unknown);
  };
  for (const key of ["name", "length"] as const)
    Object.defineProperty(method, key, { value: original[key], configurable: true });
  return method;
}

function nameOf(target: object): string {
  return (typeof target === "function" ? target : target.constructor).name;
}
