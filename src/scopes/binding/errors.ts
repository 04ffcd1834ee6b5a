/**
 * The catalogue of errors of a binding: of its scope, its first instance, and the objects that it is given. (`how-to-wait.ts`
 * words what could make a call wait.)
 *
 * @module
 */

import { ScopeError } from "../../base/errors.js";
import { nameOf, oneLine } from "../../base/one-line.js";
import { show } from "../../base/show.js";
import { suggest } from "../../base/suggest.js";

/** `INVALID_OPTION`: `open` of a scope returned no source. */
export function noSource(service: string, scope: string, missing: string): ScopeError {
  return new ScopeError(
    "INVALID_OPTION",
    `${service}: open() of scope "${scope}" returned no Source: it has no method ${missing}.`,
    { service },
  );
}

/** `NOT_PROXYABLE`: the factory returned a query that has not been sent. */
export function unsentQuery(service: string, made: unknown): ScopeError {
  return new ScopeError(
    "NOT_PROXYABLE",
    `${service}: the factory returned ${show(made)}, which can be awaited and more (a query builder?). It is not awaited, since that would ` +
      `send it. Bind the client that makes it, or an object that holds it; if its result is the service, say so by an async ` +
      `factory: async () => await ….`,
    { service },
  );
}

/**
 * `NOT_PROXYABLE`: an instance that has ended.
 *
 * @param origin - as in `the factory made`
 * @param sign - the property that says so, and its value
 */
export function ended(
  service: string,
  origin: string,
  instance: object,
  [name, value]: readonly [string, unknown],
): ScopeError {
  return new ScopeError(
    "NOT_PROXYABLE",
    `${service}: ${origin} ${show(instance)} that has ended already (its \`${name}\` is ${show(value)}). Make a new one, ` +
      `connected, in the factory: one that was made before is not made again when it breaks or ends.`,
    { service },
  );
}

/** `INVALID_OPTION`: the instance is not of the class that `shape` says. */
export function otherShape(service: string, shape: string, instance: object, missing: PropertyKey): ScopeError {
  const name = shape === "" ? "an example" : oneLine(shape);
  return new ScopeError(
    "INVALID_OPTION",
    `${service}: shape is ${name}, but the factory made ${show(instance)}, which lacks ${oneLine(String(missing))}. ` +
      `Let \`shape\` be the class of what it makes, or an example of that.`,
    { service },
  );
}

/** `INVALID_OPTION`: `defer` names what is no method. */
export function unknownDeferred(service: string, name: PropertyKey, methods: readonly string[]): ScopeError {
  return new ScopeError("INVALID_OPTION", unknownDeferredText(service, name, methods), { service });
}

/** What is wrong, and which method was probably meant; for `verify`, too. */
export function unknownDeferredText(service: string, name: PropertyKey, methods: readonly string[]): string {
  const meant = suggest(String(name), methods);
  const remedy = meant === undefined ? "Name methods that return a promise." : `Did you mean ${oneLine(meant)}?`;
  return `${service}: defer names ${oneLine(String(name))}, which is no method of it. ${remedy}`;
}

/**
 * `NOT_PROXYABLE`: the factory made a proxy that stands for its own proxy.
 *
 * @param path - the services whose proxies stand for each other, the last one being this
 */
export function ownProxy(service: string, path: readonly string[]): ScopeError {
  const problem =
    path.length === 1 ? "its own proxy" : `another service's proxy, which stands for it again (${path.join(" → ")})`;
  return new ScopeError(
    "NOT_PROXYABLE",
    `${service}: the factory made ${problem}. Return an object that the proxy ${service} is to stand for.`,
    { service },
  );
}

/** `INVALID_OPTION`: `setContextValue` in a context that has a value. */
export function givenAlready(service: string, context: string): ScopeError {
  return new ScopeError(
    "INVALID_OPTION",
    `setContextValue: ${context} has its ${service} already: it was given one, or has used that of a context around it. ` +
      `Give it once, before ${service} is used, or to a child context.`,
    { service, context },
  );
}

/** `INVALID_OPTION`: `setInstance` or `setFactory` for a proxy of a container. */
export function boundInContainer(caller: string, service: string): ScopeError {
  return new ScopeError(
    "INVALID_OPTION",
    `${caller}: ${service} is bound in a container, which makes its instances. Rebind it there, or use swapInstance in tests.`,
    { service },
  );
}

/** `NOT_SET`: a `scopedProxy` that nothing was set for. */
export function notSet(service: string, member: PropertyKey | undefined): ScopeError {
  return new ScopeError(
    "NOT_SET",
    `${nameOf(service, member)} was touched before it was set. Call ` +
      `setInstance(proxy, object) or setFactory(proxy, factory) at start-up.`,
    { service },
  );
}
