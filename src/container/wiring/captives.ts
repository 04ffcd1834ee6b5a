import type { Finding } from "../../base/errors.js";
import type { KeyedScope } from "../../scopes/keyed.js";
import type { Scope } from "../../scopes/scope.js";
import { decoratedClassOf } from "../autobind.js";
import type { ScopedBinding } from "../scoped-binding.js";
import { classScopeOf } from "../class-scope.js";
import { earlyTouches } from "./early-touches.js";
import { keepsShorterLived, madeByShorterLived, touchesContext } from "./findings.js";
import { type GraphNode, realDependencies } from "./graph.js";

/*
 * What lives long must not keep what belongs to a context. A proxy is never captive: it follows the context.
 */

/** It keeps an instance of a stock binding whose scope is shorter. */
export function* capturesShorterLived(node: GraphNode): Generator<Finding> {
  if (!outlivesContexts(node)) return;
  for (const path of realDependencies(node)) {
    const shorter = shorterLife(path.at(-1)!, node);
    if (shorter !== undefined) yield keepsShorterLived(node, path, shorter);
  }
}

/** A provider method touches its provider, which belongs to a context. */
export function* madeInShorterLived(node: GraphNode): Generator<Finding> {
  if (!outlivesContexts(node)) return;
  for (const provider of node.touched) {
    if (provider.scoped?.service.scope.endsWithContext === true) yield madeByShorterLived(node, provider);
  }
}

/** A stock singleton touches what belongs to a context while it is made, as far as its text tells: it keeps what it learns. */
export function* touchesWhileMade(node: GraphNode): Generator<Finding> {
  if (node.scoped !== undefined || node.scope !== "singleton") return;
  for (const [where, touched] of earlyTouches(node)) {
    if (touched.scoped?.service.scope.endsWithContext === true) yield touchesContext(node, touched, where);
  }
}

/** Whether an instance, and what it holds, outlives the context that has caused it. */
function outlivesContexts({ scope, scoped }: GraphNode): boolean {
  if (scoped === undefined) return scope === "singleton";
  // A lease ends with its context, the instance does not.
  return isPooled(scoped) || scoped.service.scope.endsWithContext !== true;
}

function isPooled(scoped: ScopedBinding | undefined): boolean {
  const scope = scoped?.service.scope as (Scope & Partial<KeyedScope>) | undefined;
  return (scope?.ofOneKey ?? scope)?.name === POOLED;
}
const POOLED = "pooled";

/** Why a stock binding is shorter-lived than its holder, if it is. */
function shorterLife({ scope, binding }: GraphNode, holder: GraphNode): string | undefined {
  if (scope === "request") return "one for each resolution (inRequestScope)";
  const decorated = decoratedClassOf(binding);
  const classScope = decorated && classScopeOf(decorated);
  // A pooled instance is lent to one context at a time, and may have a pooled class's instance of its own.
  if (classScope?.name === POOLED && isPooled(holder.scoped)) return undefined;
  return classScope?.endsWithContext === true ? `decorated as ${classScope.name}, but bound without it` : undefined;
}
