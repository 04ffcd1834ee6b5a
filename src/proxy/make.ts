import { inspect } from "node:util";
import { ScopeError } from "../errors.js";
import { fallbackHandler, fullHandler, type Shape } from "./fallback.js";
import { fieldAccessors, forwardersOf } from "./forwarders.js";
import { type Class, type Member, membersOf, refuseThenableClass } from "./members.js";
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
 * @throws ScopeError `NOT_PROXYABLE` for a thenable class; `INVALID_OPTION` for a name in `defer` that the class lacks
 */
export function makeProxy(name: string, source: Source, options: ProxyOptions): Target {
  const { shape, proxy: kind = "auto", jitless = false, defer = [] } = options;
  const members = shape === undefined ? [] : membersOf(shape);
  if (shape !== undefined) refuseThenableClass(name, shape);
  const target = new Target(name, source, members, defer);
  const isExotic = shape === Function || shape === Array;
  const { methods, properties } = forwardersOf(target, shape ?? Object, members, jitless || shape === undefined);
  const shown: Shape = { shape, methods, properties };
  target.proxy =
    kind === "full" || shape === undefined || isExotic
      ? new Proxy(dummyFor(target, shape), fullHandler(target, shown))
      : ordinary(target, shape, members, shown, jitless);
  register(target.proxy, target);
  return target;
}

/** Enough of the right kind for `typeof` and `Array.isArray`; the language wants it to be real. */
function dummyFor(target: Target, shape: Class | undefined): object {
  const dummy: object = shape === Function ? function () {} : shape === Array ? [] : {};
  if (shape === Function) {
    Reflect.deleteProperty(dummy, "name");
    Reflect.deleteProperty(dummy, "length");
  } else if (shape !== undefined && shape !== Array) {
    Reflect.setPrototypeOf(dummy, shape.prototype as object);
  }
  // util.inspect looks behind a Proxy, at the dummy.
  Reflect.defineProperty(dummy, inspect.custom, inspector(target, shape));
  return dummy;
}

function inspector(target: Target, shape: Class | undefined): PropertyDescriptor {
  const value = (depth: number, options: object): string =>
    target.inspect(shape?.name || "Proxy", depth, options);
  return { value, configurable: true };
}

/** An object with a forwarder for each member, and the fallback behind it. */
function ordinary(target: Target, shape: Class, members: readonly Member[], shown: Shape, jitless: boolean): object {
  const { properties } = shown;
  const last = new Proxy(Object.create(shape.prototype as object) as object, fallbackHandler(target, shown));
  const forwarders = Object.create(last) as object;
  Object.defineProperties(forwarders, Object.fromEntries(properties));
  Object.defineProperty(forwarders, "constructor", { value: shape, writable: true, configurable: true });
  if (!properties.has(inspect.custom)) Object.defineProperty(forwarders, inspect.custom, inspector(target, shape));
  if (!properties.has("toJSON")) {
    const value = (key: string): unknown => target.access("toJSON", (instance) => jsonOf(instance, key));
    Object.defineProperty(forwarders, "toJSON", { value, configurable: true });
  }
  const proxy = Object.create(forwarders) as object;
  const show = (keys: readonly PropertyKey[]): void => {
    Object.defineProperties(proxy, Object.fromEntries(fieldAccessors(target, keys, jitless)));
  };
  const known = fieldsOfClass.get(shape);
  if (known !== undefined) show(known);
  const named = new Set<PropertyKey>([...members.map(({ key }) => key), ...(known ?? [])]);
  target.learn = (instance) => {
    target.learn = undefined;
    const fields = Object.keys(instance).filter((key) => !named.has(key));
    const fresh = fields.slice(0, Math.max(0, MOST_FIELDS - (known?.length ?? 0)));
    if (fresh.length === 0) return;
    fieldsOfClass.set(shape, [...(known ?? []), ...fresh]);
    show(fresh);
  };
  return proxy;
}

/** A copy, since the instance itself must not get out; JSON sees no more than own fields anyway. */
function jsonOf(instance: object, key: string): unknown {
  const own = (instance as { toJSON?: unknown }).toJSON;
  return typeof own === "function" ? Reflect.apply(own, instance, [key]) : { ...instance };
}

/**
 * Refuses what cannot stand behind a proxy.
 *
 * @throws ScopeError `NOT_PROXYABLE`
 */
export function assertProxyable(service: string, instance: unknown, shape: Class | undefined): asserts instance is object {
  const problem = problemWith(instance, shape);
  if (problem !== undefined) {
    throw new ScopeError("NOT_PROXYABLE", `${service}: the factory made ${problem}`, { service });
  }
}

function problemWith(instance: unknown, shape: Class | undefined): string | undefined {
  if (typeof instance === "function") {
    return shape === Function ? undefined : "a function. Say so when binding it: { shape: Function }.";
  }
  if (typeof instance !== "object" || instance === null) {
    return `${instance === null ? "null" : `a primitive (${typeof instance})`}, which has no identity. Return an object.`;
  }
  if (typeof (instance as { then?: unknown }).then === "function") {
    return "a thenable, so that `await proxy` would take the proxy for a promise. Return an object that holds it.";
  }
  if (Array.isArray(instance) && shape !== Array) return "an array. Say so when binding it: { shape: Array }.";
  return undefined;
}
