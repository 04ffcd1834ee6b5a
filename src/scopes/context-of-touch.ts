import type { Context } from "../context/context.js";
import type { FactoryFrame } from "../context/factory-frame.js";
import { als, type Current } from "../context/store.js";
import type { ScopeError } from "../base/errors.js";
import { captive, noContext } from "./errors.js";

/**
 * The context whose instance a touch means.
 *
 * @param scope - how errors call the service's scope
 * @param store - the store in which the touch happens
 * @throws ScopeError `NO_CONTEXT`; `CAPTIVE_DEPENDENCY` in a factory or hook of a shared or pooled service
 */
export function contextOfTouch(
  scope: string,
  service: string,
  member: PropertyKey | undefined,
  store: Current = als.getStore(),
): Context {
  if (store === undefined || store.state === "outside") throw touchedOutside(scope, service, member, store);
  return store.context;
}

/** A function of its own, so that V8 inlines the path with a context into its callers. */
function touchedOutside(
  scope: string,
  service: string,
  member: PropertyKey | undefined,
  frame: FactoryFrame | undefined,
): ScopeError {
  return frame?.service === undefined
    ? noContext(scope, service, member)
    : captive(scope, service, member, frame.service, frame);
}
