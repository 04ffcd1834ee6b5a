import { upwardHooks } from "../base/upward-hooks.js";
import type { Class } from "./class.js";
import type { Defer } from "./deferring.js";
import { thenableClass } from "./errors.js";
import { Fallback } from "./fallback.js";
import { putInspectors } from "./inspectors.js";
import { Full } from "./full.js";
import { prepareNeeds } from "./functions.js";
import { kindOf } from "./kind.js";
import { Learner, OwnFields } from "./learning.js";
import { register } from "./registry.js";
import { Target } from "./target.js";

/** How a proxy is made: the binding says so. */
export interface ProxyOptions {
  /** The class whose members the proxy shows; `Function` or `Array` for services that are one. */
  readonly shape?: Class | undefined;
  /**
   * `auto`: an ordinary object with forwarders, as fast as hand-written code. `full`: an ES Proxy, several times slower, that also
   * sees `delete`, descriptors, and own keys before the first instance. A service whose class is not known is always `full`.
   * Default `auto`.
   */
  readonly proxy?: "auto" | "full" | undefined;
  /** Forwards by plain closures, which also serve where the process refuses generated code. Default false. */
  readonly jitless?: boolean | undefined;
  /** Members whose calls may wait for the instance, besides native `async` methods. Default none. */
  readonly defer?: Defer | undefined;
}

/**
 * Makes what stands behind a service's one proxy. It means nothing before a source is attached.
 *
 * @throws ScopeError `NOT_PROXYABLE` for a thenable class
 */
export function makeProxy(name: string, options: ProxyOptions): Target {
  const { proxy = "auto", jitless = false, defer = [] } = options;
  // `Object` tells nothing: every class is one of it.
  const shape = options.shape === Object ? undefined : options.shape;
  if (shape !== undefined && "then" in (shape.prototype as object)) throw thenableClass(name, shape);
  const isFull = proxy === "full" || shape === undefined || kindOf(shape) !== "object";
  const target = new Target(
    name,
    shape,
    defer,
    isFull ? (jitless ? fullJitless : full) : jitless ? ordinaryJitless : ordinary,
  );
  // Set here, and not when the module is loaded: bundlers leave out a module that is only loaded.
  upwardHooks.prepareNeeds = prepareNeeds;
  return target;
}

function full(target: Target, jitless = false): void {
  const { shape } = target;
  const handler = new Full(target, jitless);
  handler.shown = Object.create(null) as object;
  target.proxy = new Proxy(dummyFor(target), handler);
  if (shape !== undefined) target.learner = new Learner(target, shape, handler);
  register(target.proxy, target);
}

function fullJitless(target: Target): void {
  full(target, true);
}

/** An object; behind it an object that holds the forwarders; behind that the fallback, which makes each when it is first asked for. */
function ordinary(target: Target, jitless = false): void {
  const shape = target.shape!;
  const handler = new Fallback(target, jitless);
  const forwarders = Object.create(new Proxy(Object.create(shape.prototype as object) as object, handler)) as object;
  handler.shown = forwarders;
  target.proxy = Object.create(forwarders) as object;
  target.learner = new Learner(target, shape, handler, new OwnFields(target, shape, jitless));
  register(target.proxy, target);
}

function ordinaryJitless(target: Target): void {
  ordinary(target, true);
}

/** The language wants a real object behind an ES Proxy, of the kind that `typeof` and `Array.isArray` tell. */
function dummyFor(target: Target): object {
  const { shape } = target;
  const dummy = emptyOfKind(shape);
  if (shape !== undefined) Reflect.setPrototypeOf(dummy, shape.prototype as object);
  putInspectors(dummy, target);
  return dummy;
}

function emptyOfKind(shape: Class | undefined): object {
  const kind = kindOf(shape);
  if (kind === "array") return [];
  if (kind === "object") return {};
  // oxlint-disable-next-line no-extra-bind -- it can be called with `new`, and has no property that cannot be deleted
  return function () {}.bind(undefined);
}
