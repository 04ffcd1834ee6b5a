import { types } from "node:util";
import { descriptorOf } from "../../base/descriptor-of.js";
import { ScopeError } from "../../base/errors.js";
import { isObject } from "../../base/is-object.js";
import { oneLine } from "../../base/one-line.js";
import { isNativePromise } from "../../base/native-promise.js";
import { show } from "../../base/show.js";
import { suggest } from "../../base/suggest.js";
import type { Class } from "../../proxy/class.js";
import { membersOf } from "../../proxy/members.js";
import type { ShownBy } from "../options.js";

/*
 * What a binding says, compared with the first instance that its factory makes: a mistake is told there, and not by the call
 * that meets it some day.
 */

/** What the promise protocol is made of; a thenable with more is more than a promise. */
const OF_PROMISES = new Set<PropertyKey>(["then", "catch", "finally", "constructor", Symbol.toStringTag]);

/**
 * Refuses a query that has not been sent: to wait for it would be to send it, and its rows would be taken for the service.
 *
 * @param made - what the factory returned
 * @throws ScopeError `NOT_PROXYABLE`
 */
export function refuseQuery(service: string, made: PromiseLike<unknown>): void {
  if (isNativePromise(made) || !hasMore(made)) return;
  throw new ScopeError(
    "NOT_PROXYABLE",
    `${service}: the factory returned ${show(made)}, which can be awaited and more (a query builder?). It is not awaited, since that would ` +
      `send it. Bind the client that makes it, or an object that holds it; if its result is the service, say so by an async ` +
      `factory: async () => await ….`,
    { service },
  );
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

/** By which clients that listen to their sockets tell that they have ended, and will not come back. */
const SIGNS_OF_DEATH: readonly (readonly [name: string, value: unknown])[] = [
  ["destroyed", true],
  ["closed", true],
  ["ended", true],
  ["_ended", true],
  ["status", "end"],
];

/**
 * Refuses an emitter of events that says of itself that it has ended.
 *
 * @param what - where it comes from, for the message
 * @throws ScopeError `NOT_PROXYABLE`
 */
export function refuseDead(service: string, instance: object, what: string): void {
  if (typeof (instance as { on?: unknown }).on !== "function") return;
  const sign = SIGNS_OF_DEATH.find(([name, value]) => (instance as Record<string, unknown>)[name] === value);
  if (sign === undefined) return;
  throw new ScopeError(
    "NOT_PROXYABLE",
    `${service}: ${what} ${show(instance)} that has ended already (its \`${sign[0]}\` is ${show(sign[1])}). Make a new one, ` +
      `connected, in the factory: one that was made before is not made again when it breaks or ends.`,
    { service },
  );
}

/**
 * Refuses a first instance that is not what its binding says.
 *
 * @param isTold - the binding says of what class it is, by `shape`
 * @throws ScopeError `NOT_PROXYABLE`, `INVALID_OPTION`
 */
export function refuseContradiction(bound: Bound, instance: object, isTold: boolean): void {
  const { name, proxyOptions } = bound;
  refuseDead(name, instance, "the factory made");
  if (isTold) refuseOtherShape(name, instance, proxyOptions.shape!);
  refuseUnknownDeferred(bound, instance);
}

/**
 * Refuses an instance that is not of the class that `shape` says, and lacks a method of it.
 *
 * @throws ScopeError `INVALID_OPTION`
 */
function refuseOtherShape(service: string, instance: object, shape: Class): void {
  // Fakes are mostly written as plain objects, with what the test needs.
  if (instance instanceof shape || Reflect.getPrototypeOf(instance) === Object.prototype) return;
  const lacking = membersOf(shape).find(({ key, kind }) => kind === "method" && !(key in instance));
  if (lacking === undefined) return;
  throw new ScopeError(
    "INVALID_OPTION",
    `${service}: shape is ${nameOf(shape)}, but the factory made ${show(instance)}, which lacks ${oneLine(String(lacking.key))}. ` +
      `Let \`shape\` be the class of what it makes, or an example of that.`,
    { service },
  );
}

function nameOf(shape: Class): string {
  return shape.name === "" ? "an example" : oneLine(shape.name);
}

/**
 * Refuses a name in `defer` that the instance does not have: its calls would be promised, and fail.
 *
 * @throws ScopeError `INVALID_OPTION`
 */
function refuseUnknownDeferred({ name, proxy, proxyOptions: { defer } }: Bound, instance: object): void {
  if (!Array.isArray(defer)) return;
  const isUnknown = (key: PropertyKey): boolean => !mayBeMethod(instance, key) && !isReplaced(proxy, key);
  const unknown = (defer as readonly PropertyKey[]).find(isUnknown);
  if (unknown === undefined) return;
  throw new ScopeError("INVALID_OPTION", unknownDeferredText(name, unknown, methodsOf(instance)), { service: name });
}

/** Whose first instance it is. */
interface Bound {
  readonly name: string;
  readonly proxy: object;
  readonly proxyOptions: ShownBy;
}

/** A test has put a function there. */
function isReplaced(proxy: object, key: PropertyKey): boolean {
  return !types.isProxy(proxy) && Object.hasOwn(proxy, key);
}

/** What an accessor gives is known when it is called. */
function mayBeMethod(instance: object, key: PropertyKey): boolean {
  const descriptor = descriptorOf(instance, key);
  if (descriptor === undefined) return key in instance;
  return descriptor.get !== undefined || typeof descriptor.value === "function";
}

/** What is wrong, and what was probably meant. */
export function unknownDeferredText(service: string, name: PropertyKey, methods: readonly string[]): string {
  const meant = suggest(String(name), methods);
  const remedy = meant === undefined ? "Name methods that return a promise." : `Did you mean ${oneLine(meant)}?`;
  return `${service}: defer names ${oneLine(String(name))}, which is no method of it. ${remedy}`;
}

function methodsOf(instance: object): string[] {
  const names = Reflect.ownKeys(instance).filter((key) => isMethodOf(instance, key));
  const prototype = Reflect.getPrototypeOf(instance);
  const inherited = isObject(prototype)
    ? membersOf({ prototype } as Class).filter(({ kind }) => kind === "method")
    : [];
  return [...names, ...inherited.map(({ key }) => key)].filter((key) => typeof key === "string");
}
