import type { Finding } from "../../base/errors.js";
import { mayHaveField } from "../../proxy/looks.js";
import { memberOf, membersOf } from "../../proxy/members.js";
import { unknownDeferredText } from "../../scopes/binding/errors.js";
import { endlessText } from "../../scopes/disposal/failures.js";
import { unusedEndOf } from "../../scopes/disposal/ways-to-end.js";
import { earlyTouches } from "./early-touches.js";
import type { GraphNode } from "./graph.js";

/*
 * What `verify` finds in the classes of the services themselves.
 */

/** As far as its text tells: what it learns then, it keeps. */
export function* touchesWhileMade(node: GraphNode): Generator<Finding> {
  if (node.bound !== undefined || node.scope !== "singleton") return;
  for (const [where, { name, scope, bound }] of earlyTouches(node)) {
    if (bound?.service.scope.endsWithContext !== true) continue;
    yield {
      code: "CAPTIVE_DEPENDENCY",
      service: node.name,
      message:
        `${node.name} (singleton) touches ${name}, which is ${scope}, while it is made (${where}): it would keep what it finds in the ` +
        `first context for all later ones. Let it keep the proxy and touch it in its methods, or bind ${node.name} per async context.`,
    };
  }
}

/** An end of its own, which nobody calls. */
export function* isNeverEnded({ bound, name, preDestroy }: GraphNode): Generator<Finding> {
  // What is given to a context is not ours to end.
  if (bound === undefined || bound.service.target.valueSlot !== undefined) return;
  if (preDestroy.size > 0 || bound.recipe.deactivates()) return;
  const { scope, proxyOptions } = bound.service;
  if (scope.options?.destroy !== undefined || proxyOptions.shape === undefined) return;
  const end = unusedEndOf(proxyOptions.shape.prototype as object);
  if (end !== undefined) yield { code: "INVALID_OPTION", service: name, message: endlessText(name, end) };
}

/** A name that no member of the class has, nor any field that its text names. */
export function* defersUnknown({ bound, name }: GraphNode): Generator<Finding> {
  const { shape, defer } = bound?.service.proxyOptions ?? {};
  // A factory may make something that has more than the class which the binding tells.
  if (shape === undefined || bound!.facts.factory !== undefined || !Array.isArray(defer)) return;
  const isUnknown = (key: PropertyKey): boolean => memberOf(shape, key) === undefined && !mayHaveField(shape, key);
  const unknown = (defer as readonly PropertyKey[]).find(isUnknown);
  if (unknown === undefined) return;
  const methods = membersOf(shape).map(({ key }) => String(key));
  yield { code: "INVALID_OPTION", service: name, message: unknownDeferredText(name, unknown, methods) };
}
