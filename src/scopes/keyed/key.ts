import { AsyncLocalStorage } from "node:async_hooks";
import { claimStack } from "../../base/claim-stack.js";
import { oneLine } from "../../base/one-line.js";
import { invalidOption } from "../../base/options.js";
import { processWide, processWideIfMade } from "../../base/process-wide.js";
import type { Total } from "../../pool/total.js";
import type { Service } from "../scope.js";

/** What a service of one key has besides. */
export interface Keyed {
  readonly key: string;
  /** The name of the service of all keys. */
  readonly ofAllKeys: string;
  /** The limit on the instances of all keys. */
  readonly total: Total | undefined;
}

/** The name of the storage that all copies of the package share. Each storage has its price, so the first keyed scope makes it. */
const STORAGE = "key/1";

/**
 * The key for which an instance of a {@link keyedScope} is made, checked or ended. It is for the factory, `destroy` and the hooks
 * of the pool: they run in no context, so that they cannot ask there.
 *
 * @returns the key; `undefined` outside of these
 *
 * @example
 * ```ts
 * const perTenant = keyedScope({ key: () => request.tenant, scope: pooledScope(4) });
 * container.bind<Db>("tenant's").toDynamicValue(() => connect(`${url}/${currentKey()}`)).inScope(perTenant);
 * ```
 */
export function currentKey(): string | undefined {
  return processWideIfMade<AsyncLocalStorage<string>>(STORAGE)?.getStore();
}

/** The name of a service of one key; the key may hold anything. */
export function ofKey(name: string, key: string): string {
  return `${name} of ${key === "" ? '""' : oneLine(key)}`;
}

/** The service of one key: its name tells the key, and {@link currentKey} tells its factory and hooks. */
export function serviceOfKey(service: Service, key: string, total: Total | undefined): Service & Keyed {
  const keys = processWide(STORAGE, () => new AsyncLocalStorage<string>());
  const ofItsKey = <R>(fn: () => R): R => {
    claimStack();
    return keys.run(key, fn);
  };
  return {
    ...service,
    name: ofKey(service.name, key),
    ofAllKeys: service.name,
    key,
    total,
    create: (...how) => ofItsKey(() => service.create(...how)),
    destroy: (...how) => ofItsKey(() => service.destroy(...how)),
    outside: (fn) => service.outside(() => ofItsKey(fn)),
  };
}

/** @throws ScopeError `INVALID_OPTION` if it is no string */
export function checkKey(service: string, key: unknown): string {
  if (typeof key === "string") return key;
  throw invalidOption(service, "what keyedScope's key() returned", key, "a string");
}
