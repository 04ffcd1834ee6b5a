import { ScopeError } from "../base/errors.js";
import { isThenable } from "../base/is-thenable.js";
import { needsHook } from "../context/run.js";
import type { Defer } from "./deferring.js";
import { Fallback } from "./fallback.js";
import { putInspectors } from "./inspectors.js";
import { Full } from "./full.js";
import { prepareNeeds } from "./functions.js";
import { Learner, OwnFields } from "./learning.js";
import { type Class, refuseThenableClass } from "./members.js";
import { register } from "./registry.js";
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
  readonly defer?: Defer | undefined;
}

/**
 * Makes the one proxy of a service; it means nothing before a source is attached.
 *
 * @throws ScopeError `NOT_PROXYABLE` for a thenable class
 */
export function makeProxy(name: string, options: ProxyOptions): Target {
  const { proxy: kind = "auto", jitless = false, defer = [] } = options;
  // Every class is one of Object: it tells nothing.
  const shape = options.shape === Object ? undefined : options.shape;
  if (shape !== undefined) refuseThenableClass(name, shape);
  const target = new Target(name, shape, defer);
  const isFull = kind === "full" || shape === undefined || isOrInherits(shape, Function) || isOrInherits(shape, Array);
  if (isFull) full(target, jitless);
  else ordinary(target, shape, jitless);
  register(target.proxy, target);
  needsHook.prepare = prepareNeeds;
  return target;
}

function full(target: Target, jitless: boolean): void {
  const { shape } = target;
  const handler = new Full(target, jitless);
  handler.shown = Object.create(null) as object;
  target.proxy = new Proxy(dummyFor(target), handler);
  if (shape !== undefined) target.learner = new Learner(target, shape, handler);
}

/** An object behind which members get forwarders when they are first asked for, and the fallback that makes them. */
function ordinary(target: Target, shape: Class, jitless: boolean): void {
  const handler = new Fallback(target, jitless);
  const forwarders = Object.create(new Proxy(Object.create(shape.prototype as object) as object, handler)) as object;
  handler.shown = forwarders;
  target.proxy = Object.create(forwarders) as object;
  target.learner = new Learner(target, shape, handler, new OwnFields(target, shape, jitless));
}

function isOrInherits(shape: Class | undefined, base: Class): boolean {
  return shape === base || shape?.prototype instanceof base;
}

/** Enough of the right kind for `typeof` and `Array.isArray`; the language wants it to be real. */
function dummyFor(target: Target): object {
  const { shape } = target;
  const dummy = emptyOfKind(shape);
  if (shape !== undefined) Reflect.setPrototypeOf(dummy, shape.prototype as object);
  putInspectors(dummy, target);
  return dummy;
}

function emptyOfKind(shape: Class | undefined): object {
  if (isOrInherits(shape, Array)) return [];
  if (!isOrInherits(shape, Function)) return {};
  // oxlint-disable-next-line no-extra-bind -- it can be called with `new`, and has no property that cannot be deleted
  return function () {}.bind(undefined);
}

const MADE = "the factory made";

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
export function assertKind(service: string, instance: unknown, kind: Kind, what = MADE): asserts instance is object {
  if (kind === "object" && typeof instance === "object" && instance !== null && !Array.isArray(instance)) return;
  const problem = problemWith(instance, kind);
  if (problem !== undefined) throw notProxyable(service, what, problem);
}

/**
 * Refuses what cannot stand behind a proxy. What a factory makes is awaited if it is a thenable, and need not be asked for that.
 *
 * @param what - where it comes from, for the message
 * @throws ScopeError `NOT_PROXYABLE`
 */
export function assertProxyable(service: string, instance: unknown, kind: Kind, what: string): void {
  if (isThenable(instance)) {
    throw notProxyable(
      service,
      what,
      "a thenable, so that `await proxy` would take the proxy for a promise. Use an object that holds it.",
    );
  }
  assertKind(service, instance, kind, what);
}

function notProxyable(service: string, what: string, problem: string): ScopeError {
  return new ScopeError("NOT_PROXYABLE", `${service}: ${what} ${problem}`, { service });
}

function problemWith(instance: unknown, kind: Kind): string | undefined {
  if (typeof instance === "function") {
    return kind === "function" ? undefined : "a function. Say so when binding it: { shape: Function }.";
  }
  if (typeof instance !== "object" || instance === null) {
    return `${instance === null ? "null" : `a primitive (${typeof instance})`}, which has no identity. Use an object.`;
  }
  if (kind === "function") return "no function, although it was bound with { shape: Function }.";
  if (Array.isArray(instance) === (kind === "array")) return undefined;
  return Array.isArray(instance)
    ? "an array. Say so when binding it: { shape: Array }."
    : "no array, although it was bound with { shape: Array }.";
}
