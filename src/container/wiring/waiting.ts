import type { ServiceIdentifier } from "inversify";
import { classNameOf } from "../../base/class-name.js";
import type { Finding } from "../../base/errors.js";
import { oneLine } from "../../base/one-line.js";
import { isAsyncInSource } from "../../proxy/async-function.js";
import type { Class } from "../../proxy/class.js";
import { isSaid } from "../../proxy/deferring.js";
import { compiledAsyncOf, type Member, membersOf } from "../../proxy/members.js";
import { bindingPoolOf } from "../../scopes/pooled/pool-of.js";
import type { ScopedBinding } from "../scoped-binding.js";
import { providerOf } from "../providers.js";
import { noClassWaits, noMemberWaits } from "./findings.js";
import { type GraphNode, realDependencies } from "./graph.js";

/*
 * A service that is made asynchronously, or limited, needs calls that can wait.
 */

/** No call can wait, and nothing takes the instance first. */
export function* cannotBeReady(node: GraphNode, needed: ReadonlySet<ServiceIdentifier>): Generator<Finding> {
  const { scoped, name } = node;
  if (scoped === undefined || needed.has(scoped.identifier)) return;
  const { shape, defer } = scoped.service.proxyOptions;
  if (isSaid(defer) || scoped.service.target.source.peek() !== undefined) return;
  const why = whyAsync(node, scoped);
  // `Object` tells nothing: every class is one of it.
  if (shape === undefined || shape === Object) {
    yield* cannotWait(node, scoped, why);
    return;
  }
  if (why === undefined || membersOf(shape).some(isCalledAndWaits)) return;
  yield noMemberWaits(name, oneLine(classNameOf(shape)), why, compiledAsyncOf(shape).length > 0);
}

/** What a class calls by itself, or we at its end, is no call of the user's: `_name` is private by custom. */
function isCalledAndWaits({ key, waitsIn }: Member): boolean {
  if (waitsIn === undefined || key === Symbol.asyncDispose) return false;
  return typeof key === "symbol" || !String(key).startsWith("_");
}

/** No call of a service without a known class can wait. With a pool, that shows only under load. */
function* cannotWait(node: GraphNode, { service }: ScopedBinding, why: string | undefined): Generator<Finding> {
  const isOfContext = service.scope.endsWithContext === true;
  const maxSize = bindingPoolOf(service.target.source)?.maxSize;
  // A shared one is made once, at start-up.
  if (why === undefined ? (maxSize ?? Infinity) === Infinity : !isOfContext && maxSize === undefined) return;
  yield noClassWaits(node, why, maxSize, isOfContext);
}

/** Why a service is made asynchronously, if it is. */
function whyAsync(
  node: GraphNode,
  { details, hiddenBinding }: ScopedBinding,
  seen = new Set<GraphNode>(),
): string | undefined {
  const { factory, shape } = details;
  if (isAsyncInSource(factory) || providerOf(factory)?.isAsync === true) return "its factory is async";
  if (isAsyncInSource(hiddenBinding.activations.own)) return "its onActivation handler is async";
  return asyncPostConstruct(node, shape) ?? asyncDependency(node) ?? asyncProvider(node, seen);
}

/** A provider method waits for its provider. */
function asyncProvider({ touched }: GraphNode, seen: Set<GraphNode>): string | undefined {
  for (const provider of touched) {
    if (seen.has(provider)) continue;
    seen.add(provider);
    const { scoped, name } = provider;
    const isAsync =
      scoped === undefined
        ? isMadeAsync(provider) || asyncDependency(provider) !== undefined
        : whyAsync(provider, scoped, seen) !== undefined;
    if (isAsync) return `its provider ${name} is async`;
  }
  return undefined;
}

function asyncPostConstruct({ postConstruct }: GraphNode, shape: Class | undefined): string | undefined {
  const prototype = shape?.prototype as Record<PropertyKey, unknown> | undefined;
  const method = [...postConstruct].find((name) => isAsyncInSource(prototype?.[name]));
  return method === undefined ? undefined : `@postConstruct ${String(method)} is async`;
}

function asyncDependency(node: GraphNode): string | undefined {
  for (const path of realDependencies(node)) {
    const dependency = path.at(-1)!;
    if (isMadeAsync(dependency)) return `its dependency ${dependency.name} is async`;
  }
  return undefined;
}

/** Whether a stock binding makes its instances asynchronously. */
function isMadeAsync(node: GraphNode): boolean {
  const { factory, implementationType, type, value } = node.binding;
  if (isAsyncInSource(factory) || (type === "DynamicValue" && isAsyncInSource(value))) return true;
  return asyncPostConstruct(node, implementationType) !== undefined;
}
