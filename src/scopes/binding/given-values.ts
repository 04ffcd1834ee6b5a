import { ContextValue } from "../../context/context-value.js";
import { invalidOption } from "../../base/options.js";
import type { Injected } from "../../proxy/injected.js";
import { assertProxyable, kindOf } from "../../proxy/kind.js";
import { expectTarget, targetOf } from "../../proxy/registry.js";
import type { Target } from "../../proxy/target.js";
import { successorOf } from "./following-source.js";
import { refuseCircle } from "./self-reference.js";
import { contextOfTouch } from "../context-of-touch.js";
import { unbound } from "../errors.js";
import { givenAlready } from "./errors.js";

/**
 * A pair for the option `values` of {@link runInContext} and {@link detach}. In that context, and in children without a value of
 * their own, the service means this object. The object stays yours: the library neither prepares nor ends it.
 *
 * @param proxy - of a service that is bound by `toContextValue`
 * @param value - an object that is not thenable
 * @throws ScopeError `INVALID_OPTION` for another proxy, or for a value that is no proxy; `NOT_PROXYABLE` for a primitive or a
 * thenable, and for a function or an array if the `shape` says otherwise; `UNBOUND` if the binding was removed
 *
 * @example
 * ```ts
 * await runInContext({ values: [contextValue(tenant, { name: "acme" })] }, () => controller.create(body));
 * ```
 */
export function contextValue<T extends Injected>(proxy: T, value: NoInfer<T>): ContextValue {
  const target = valueTarget("contextValue", proxy);
  return new ContextValue(target.name, target.valueSlot!, acceptable("contextValue", target, value));
}

/**
 * Gives the current context the object that a service means in it: for what is known only when the context is open, such as the
 * user after a token was checked. Call it once for each context, before the service is used there.
 *
 * @param proxy - of a service that is bound by `toContextValue`
 * @param value - an object that is not thenable
 * @throws ScopeError `INVALID_OPTION` if the context has a value already, or has used the value of a context around it; what
 * {@link contextValue} throws; `NO_CONTEXT`, `CONTEXT_ENDING`, `CONTEXT_ENDED`
 *
 * @example
 * ```ts
 * await runInContext(async () => {
 *   setContextValue(tenant, { name: "acme" });
 *   await controller.create(body);
 * });
 * ```
 */
export function setContextValue<T extends Injected>(proxy: T, value: NoInfer<T>): void {
  const target = valueTarget("setContextValue", proxy);
  const { name: service, valueSlot } = target;
  const object = acceptable("setContextValue", target, value);
  const context = contextOfTouch("a context value", service, undefined);
  if (context.state !== "active") throw context.closedError(service);
  if (context.entry(valueSlot!) !== undefined) throw givenAlready(service, context.name);
  context.give(valueSlot!, object);
}

/** The binding that took the place of one that is gone counts, as for a touch. */
function valueTarget(caller: string, proxy: unknown): Target {
  let target = expectTarget(caller, proxy);
  for (let next = successorOf(target.source); next !== undefined; next = successorOf(target.source)) {
    target = targetOf(next)!;
  }
  const { name, valueSlot, dependent } = target;
  if (valueSlot === undefined)
    throw invalidOption(caller, "proxy", name, "that of a service bound by toContextValue()");
  if (dependent!.isGone) throw unbound(target);
  return target;
}

function acceptable(caller: string, target: Target, value: object): object {
  assertProxyable(target.name, value, kindOf(target.shape), `${caller} was given`);
  refuseCircle(caller, "value", target, value);
  if (targetOf(value) === undefined) target.learner?.learn(value);
  return value;
}
