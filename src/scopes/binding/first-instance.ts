import { types } from "node:util";
import { classNameOf } from "../../base/class-name.js";
import { descriptorOf } from "../../base/descriptor-of.js";
import { isObject } from "../../base/is-object.js";
import { isNativePromise } from "../../base/native-promise.js";
import type { Class } from "../../proxy/class.js";
import { membersOf } from "../../proxy/members.js";
import type { ShownBy } from "../options.js";
import { ended, otherShape, unknownDeferred, unsentQuery } from "./errors.js";

/*
 * Compares what a binding says with the first instance that its factory makes: a mistake fails there, and not in some later call.
 */

/** The members of promises; a thenable with more methods is more than a promise. */
const OF_PROMISES = new Set<PropertyKey>(["then", "catch", "finally", "constructor", Symbol.toStringTag]);

/**
 * Refuses a query that has not been sent: awaiting it would send it, and its rows would pass for the service.
 *
 * @param made - what the factory returned
 * @throws ScopeError `NOT_PROXYABLE`
 */
export function refuseQuery(service: string, made: PromiseLike<unknown>): void {
  if (isNativePromise(made) || !hasMore(made)) return;
  throw unsentQuery(service, made);
}

function hasMore(thenable: object): boolean {
  for (let owner: object | null = thenable; owner !== null; owner = Reflect.getPrototypeOf(owner)) {
    if (owner === Object.prototype || owner === Promise.prototype) return false;
    const names = Reflect.ownKeys(owner).filter((key) => !OF_PROMISES.has(key));
    for (const name of names) if (isMethodOf(owner, name)) return true;
  }
  return false;
}

function isMethodOf(owner: object, key: PropertyKey): boolean {
  return typeof Reflect.getOwnPropertyDescriptor(owner, key)!.value === "function";
}

/** Properties by which clients that listen to their sockets say that they have ended for good. */
const SIGNS_OF_DEATH: readonly (readonly [name: string, value: unknown])[] = [
  ["destroyed", true],
  ["closed", true],
  ["ended", true],
  ["_ended", true],
  ["status", "end"],
];

/**
 * Refuses an event emitter that says that it has ended.
 *
 * @param origin - where it comes from, for the message, as in `the factory made`
 * @throws ScopeError `NOT_PROXYABLE`
 */
export function refuseDead(service: string, instance: object, origin: string): void {
  if (typeof (instance as { on?: unknown }).on !== "function") return;
  const sign = SIGNS_OF_DEATH.find(([name, value]) => (instance as Record<string, unknown>)[name] === value);
  if (sign !== undefined) throw ended(service, origin, instance, sign);
}

/**
 * Refuses a first instance that is not what its binding says.
 *
 * @param hasShape - the option `shape` says of what class it is
 * @throws ScopeError `NOT_PROXYABLE`, `INVALID_OPTION`
 */
export function refuseContradiction(binding: Binding, instance: object, hasShape: boolean): void {
  const { name, proxyOptions } = binding;
  refuseDead(name, instance, "the factory made");
  if (hasShape) refuseOtherShape(name, instance, proxyOptions.shape!);
  refuseUnknownDeferred(binding, instance);
}

/**
 * Refuses an instance of another class than `shape` says that lacks a method of that class.
 *
 * @throws ScopeError `INVALID_OPTION`
 */
function refuseOtherShape(service: string, instance: object, shape: Class): void {
  // Fakes are mostly plain objects with what the test needs.
  if (instance instanceof shape || Reflect.getPrototypeOf(instance) === Object.prototype) return;
  const lacking = membersOf(shape).find(({ key, kind }) => kind === "method" && !(key in instance));
  // What stands for the class of an example is no function.
  const name = typeof shape === "function" ? classNameOf(shape) : classNameOf(shape, "");
  if (lacking !== undefined) throw otherShape(service, name, instance, lacking.key);
}

/**
 * Refuses a name in `defer` that the instance lacks: a call would return a promise, and fail.
 *
 * @throws ScopeError `INVALID_OPTION`
 */
function refuseUnknownDeferred({ name, proxy, proxyOptions: { defer } }: Binding, instance: object): void {
  if (!Array.isArray(defer)) return;
  const isUnknown = (key: PropertyKey): boolean => !mayBeMethod(instance, key) && !isReplaced(proxy, key);
  const unknown = (defer as readonly PropertyKey[]).find(isUnknown);
  if (unknown !== undefined) throw unknownDeferred(name, unknown, methodsOf(instance));
}

/** The binding whose first instance it is. */
interface Binding {
  readonly name: string;
  readonly proxy: object;
  readonly proxyOptions: ShownBy;
}

/** A test has put a function there. */
function isReplaced(proxy: object, key: PropertyKey): boolean {
  return !types.isProxy(proxy) && Object.hasOwn(proxy, key);
}

/** The value of an accessor is known only when it is called. */
function mayBeMethod(instance: object, key: PropertyKey): boolean {
  const descriptor = descriptorOf(instance, key);
  if (descriptor === undefined) return key in instance;
  return descriptor.get !== undefined || typeof descriptor.value === "function";
}

function methodsOf(instance: object): string[] {
  const names = Reflect.ownKeys(instance).filter((key) => isMethodOf(instance, key));
  const prototype = Reflect.getPrototypeOf(instance);
  const inherited = isObject(prototype)
    ? membersOf({ prototype } as Class).filter(({ kind }) => kind === "method")
    : [];
  return [...names, ...inherited.map(({ key }) => key)].filter((key) => typeof key === "string");
}
