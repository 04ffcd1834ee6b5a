import { inspect } from "node:util";
import { ScopeError } from "../errors.js";
import { isObject } from "../is-object.js";
import { isThenable } from "../is-thenable.js";
import { needsHook } from "../context/run.js";
import { fallbackHandler, fullHandler, type Shape } from "./fallback.js";
import { fieldAccessors, forwardersOf } from "./forwarders.js";
import { prepareNeeds } from "./functions.js";
import { classKeepsThis, instanceKeepsThis } from "./keeps-this.js";
import {
  type Callable,
  type Class,
  constructorOf,
  type Member,
  membersOf,
  refuseThenableClass,
  resultKind,
} from "./members.js";
import { register } from "./registry.js";
import type { Source } from "./source.js";
import { Target } from "./target.js";

/** How a proxy is made; decided when the service is bound. */
export interface ProxyOptions {
  /** The class whose members the proxy shows; `Function` or `Array` for services that are one. */
  readonly shape?: Class | undefined;
  /**
   * `auto`: an ordinary object with forwarders, as fast as hand-written code, where the class is known. `full`: an ES
   * Proxy that also sees `delete`, own keys before the first instance, and descriptors; several times slower. Services
   * without a known class are always `full`. Default `auto`.
   */
  readonly proxy?: "auto" | "full" | undefined;
  /** Plain closures instead of generated code; default false, or what Node was started with. */
  readonly jitless?: boolean | undefined;
  /** Members, besides native `async` methods, whose calls may wait for the instance. Default none. */
  readonly defer?: readonly PropertyKey[] | undefined;
}

/** More own fields than this are served by the fallback; a proxy must not grow with a dictionary. */
const MOST_FIELDS = 64;

/** Fields that the first instance of a class has shown, for proxies of that class made later. */
const fieldsOfClass = new WeakMap<Class, readonly PropertyKey[]>();

/**
 * Makes the one proxy of a service.
 *
 * @throws ScopeError `NOT_PROXYABLE` for a thenable class
 */
export function makeProxy(name: string, source: Source, options: ProxyOptions): Target {
  const { proxy: kind = "auto", jitless = false, defer = [] } = options;
  // Every class is one of Object: it tells nothing.
  const shape = options.shape === Object ? undefined : options.shape;
  const members = shape === undefined ? [] : membersOf(shape);
  if (shape !== undefined) refuseThenableClass(name, shape);
  const target = new Target(name, source, members, defer);
  const { methods, properties } = forwardersOf(target, shape ?? Object, members, jitless || shape === undefined);
  target.standIns.ofClass = methods;
  target.keepsThis = shape === undefined || classKeepsThis(shape);
  const shown: Shape = { shape, properties };
  const isFull = kind === "full" || shape === undefined || isOrInherits(shape, Function) || isOrInherits(shape, Array);
  if (isFull) {
    target.proxy = new Proxy(dummyFor(target, shape), fullHandler(target, shown));
    if (shape !== undefined) target.learn = oncePerClass((instance) => doubt(target, instance, members));
  } else {
    ordinary(target, shape, members, shown, jitless);
  }
  register(target.proxy, target);
  needsHook.prepare = prepareNeeds;
  return target;
}

/** Learns from the first instance of each class. */
function oncePerClass(learn: (instance: object) => void): (instance: object) => void {
  const known = new WeakSet<object>();
  let last: object | null | undefined;
  return (instance) => {
    const prototype = Reflect.getPrototypeOf(instance);
    if (prototype === last) return;
    last = prototype;
    if (known.has(prototype ?? Object)) return;
    known.add(prototype ?? Object);
    learn(instance);
  };
}

/**
 * A subclass, a patched instance or one that holds itself may return itself where the class that the proxy was made from never
 * does: such methods get forwarders that look at what was returned. It may also have data in a method's place: then it is read.
 */
function doubt(target: Target, instance: object, members: readonly Member[]): void {
  target.keepsThis ||= instanceKeepsThis(instance);
  for (const { key, kind, result } of members) {
    if (kind !== "method") continue;
    const own = (instance as Record<PropertyKey, unknown>)[key];
    // A fake may lack it, and is told so by its name when it is called.
    if (own === undefined) continue;
    const kindNow = typeof own === "function" ? resultKind(own as Callable, target.keepsThis) : undefined;
    const isRight = kindNow !== undefined && (result === "maybe-promise-of-this" || kindNow === result);
    if (!isRight) target.standIns.doubt(key, own);
  }
}

function isOrInherits(shape: Class | undefined, base: Class): boolean {
  return shape === base || shape?.prototype instanceof base;
}

/** Enough of the right kind for `typeof` and `Array.isArray`; the language wants it to be real. */
function dummyFor(target: Target, shape: Class | undefined): object {
  const dummy = emptyOfKind(shape);
  if (shape !== undefined) Reflect.setPrototypeOf(dummy, shape.prototype as object);
  // util.inspect looks behind a Proxy, at the dummy.
  Reflect.defineProperty(dummy, inspect.custom, inspector(target, shape));
  return dummy;
}

function emptyOfKind(shape: Class | undefined): object {
  if (isOrInherits(shape, Array)) return [];
  if (!isOrInherits(shape, Function)) return {};
  // Bound functions can be called with `new`, and have no property that cannot be deleted.
  // oxlint-disable-next-line no-extra-bind -- as the line above says
  const dummy = function () {}.bind(undefined);
  Reflect.deleteProperty(dummy, "name");
  Reflect.deleteProperty(dummy, "length");
  return dummy;
}

function inspector(target: Target, shape: Class | undefined): PropertyDescriptor {
  const value = (depth: number, options: object): string => target.inspect(shape?.name || "Proxy", depth, options);
  return { value, configurable: true };
}

/** An object with a forwarder for each member, and the fallback behind it. */
function ordinary(target: Target, shape: Class, members: readonly Member[], shown: Shape, jitless: boolean): void {
  const { properties } = shown;
  const last = new Proxy(Object.create(shape.prototype as object) as object, fallbackHandler(target, shown));
  const forwarders = Object.create(last) as object;
  Object.defineProperties(forwarders, Object.fromEntries(properties));
  Object.defineProperty(forwarders, "constructor", { value: constructorOf(shape), writable: true, configurable: true });
  // A class's own is called with the instance, if one is there: an inspector must not make one.
  Object.defineProperty(forwarders, inspect.custom, inspector(target, shape));
  if (!properties.has("toJSON")) {
    const value = (key: string): unknown => target.access("toJSON", (instance) => jsonOf(instance, key));
    Object.defineProperty(forwarders, "toJSON", { value, configurable: true });
  }
  const proxy = Object.create(forwarders) as object;
  target.proxy = proxy;
  const show = (keys: readonly PropertyKey[]): void => {
    // Somebody may have frozen the proxy, as some do with all that they are given: its fields are served all the same.
    if (!Object.isExtensible(proxy)) return;
    Object.defineProperties(proxy, Object.fromEntries(fieldAccessors(target, keys, jitless)));
  };
  const fields = [...(fieldsOfClass.get(shape) ?? [])];
  if (fields.length > 0) show(fields);
  // Fields may stand in front of data on the prototype. Methods bound in a constructor are served better from the class.
  const named = new Set<PropertyKey>(fields);
  for (const { key, kind } of members) if (kind === "method") named.add(key);
  target.standIns.reveal = (key) => {
    const get = (): unknown => target.standIns.method(key) ?? target.read(key);
    Object.defineProperty(forwarders, key, { ...properties.get(key), get });
  };
  target.learn = oncePerClass((instance) => {
    doubt(target, instance, members);
    // The keys of bytes are their numbers.
    if (ArrayBuffer.isView(instance)) return;
    const fresh = Object.keys(instance)
      .filter((key) => !named.has(key))
      .slice(0, MOST_FIELDS - fields.length);
    if (fresh.length === 0) return;
    for (const key of fresh) named.add(key);
    fields.push(...fresh);
    fieldsOfClass.set(shape, fields);
    show(fresh);
  });
}

/** A copy, since the instance itself must not get out; JSON sees no more than own fields anyway. */
function jsonOf(instance: object, key: string): unknown {
  // What `setInstance` was given may be a primitive.
  if (!isObject(instance)) return instance;
  const own = (instance as { toJSON?: unknown }).toJSON;
  return typeof own === "function" ? Reflect.apply(own, instance, [key]) : { ...instance };
}

/** What the instances of a service are, besides objects. */
export type Kind = "function" | "array" | "object";

export function kindOf(shape: Class | undefined): Kind {
  if (isOrInherits(shape, Function)) return "function";
  return isOrInherits(shape, Array) ? "array" : "object";
}

/**
 * Refuses what is not of the kind that the binding says.
 *
 * @throws ScopeError `NOT_PROXYABLE`
 */
export function assertKind(service: string, instance: unknown, kind: Kind): asserts instance is object {
  if (kind === "object" && typeof instance === "object" && instance !== null && !Array.isArray(instance)) return;
  const problem = problemWith(instance, kind);
  if (problem !== undefined) throw notProxyable(service, problem);
}

/**
 * Refuses what cannot stand behind a proxy. What a factory makes is awaited if it is a thenable, and need not be asked for that.
 *
 * @throws ScopeError `NOT_PROXYABLE`
 */
export function assertProxyable(service: string, instance: unknown, kind: Kind): void {
  if (isThenable(instance)) {
    throw notProxyable(
      service,
      "a thenable, so that `await proxy` would take the proxy for a promise. Return an object that holds it.",
    );
  }
  assertKind(service, instance, kind);
}

function notProxyable(service: string, problem: string): ScopeError {
  return new ScopeError("NOT_PROXYABLE", `${service}: the factory made ${problem}`, { service });
}

function problemWith(instance: unknown, kind: Kind): string | undefined {
  if (typeof instance === "function") {
    return kind === "function" ? undefined : "a function. Say so when binding it: { shape: Function }.";
  }
  if (typeof instance !== "object" || instance === null) {
    return `${instance === null ? "null" : `a primitive (${typeof instance})`}, which has no identity. Return an object.`;
  }
  if (kind === "function") return "no function, although it was bound with { shape: Function }.";
  if (Array.isArray(instance) === (kind === "array")) return undefined;
  return Array.isArray(instance)
    ? "an array. Say so when binding it: { shape: Array }."
    : "no array, although it was bound with { shape: Array }.";
}
