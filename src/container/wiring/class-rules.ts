import { classNameOf } from "../../base/class-name.js";
import type { Finding } from "../../base/errors.js";
import { oneLine } from "../../base/one-line.js";
import { mayHaveField } from "../../proxy/looks.js";
import { memberOf, membersOf } from "../../proxy/members.js";
import { unusedEndOf } from "../../scopes/disposal/ways-to-end.js";
import { defersNothing, needsShape, neverEnded } from "./findings.js";
import type { GraphNode } from "./graph.js";

/*
 * What the classes of scoped services tell.
 */

/** The proxy would refuse the instance at first use. */
export function* cannotBeProxied({ scoped, name }: GraphNode): Generator<Finding> {
  const shape = scoped?.service.proxyOptions.shape;
  // An example has been looked at.
  if (shape === undefined || (scoped!.service.scope.options?.shape ?? shape) !== shape) return;
  for (const exotic of [Array, Function]) {
    if (Object.prototype.isPrototypeOf.call(exotic.prototype, shape.prototype as object))
      yield needsShape(name, oneLine(classNameOf(shape)), exotic.name);
  }
}

/** The class has a method that ends an instance, and nothing calls it. */
export function* isNeverEnded({ scoped, name, preDestroy }: GraphNode): Generator<Finding> {
  // What a context is given is not ours to end.
  if (scoped === undefined || scoped.service.target.valueSlot !== undefined) return;
  if (preDestroy.size > 0 || scoped.hiddenBinding.deactivates()) return;
  const { scope, proxyOptions } = scoped.service;
  if (scope.options?.destroy !== undefined || proxyOptions.shape === undefined) return;
  const end = unusedEndOf(proxyOptions.shape.prototype as object);
  if (end !== undefined) yield neverEnded(name, end);
}

/** `defer` has a name that no member of the class has, nor any field that its text names. */
export function* defersUnknown({ scoped, name }: GraphNode): Generator<Finding> {
  const { shape, defer } = scoped?.service.proxyOptions ?? {};
  // A factory may make instances that have more than the class that the binding tells.
  if (shape === undefined || scoped!.details.factory !== undefined || !Array.isArray(defer)) return;
  const isUnknown = (key: PropertyKey): boolean => memberOf(shape, key) === undefined && !mayHaveField(shape, key);
  const unknown = (defer as readonly PropertyKey[]).find(isUnknown);
  if (unknown === undefined) return;
  const methods = membersOf(shape).map(({ key }) => String(key));
  yield defersNothing(name, unknown, methods);
}
