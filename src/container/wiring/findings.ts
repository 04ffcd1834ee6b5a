import type { ServiceIdentifier } from "inversify";
import type { Finding } from "../../base/errors.js";
import { isAsyncInSource } from "../../proxy/async-function.js";
import { compiledAsyncOf, membersOf } from "../../proxy/members.js";
import { isSaid } from "../../proxy/deferring.js";
import { BELOW_ES2017 } from "../../scopes/binding/how-to-wait.js";
import { bindingPoolOf } from "../../scopes/pooled/pool-of.js";
import type { KeyedScope } from "../../scopes/keyed.js";
import type { Scope } from "../../scopes/scope.js";
import { oneLine } from "../../base/one-line.js";
import { classWithIgnoredScope, decoratedClassOf, ignoredScopeText } from "../autobind.js";
import type { BoundScope } from "../bound-scope.js";
import { classScopeOf } from "../class-scope.js";
import { defersUnknown, isNeverEnded, touchesWhileMade } from "./client-findings.js";
import type { GraphNode } from "./graph.js";
import { forgottenText } from "../loaded.js";
import { providerOf } from "../providers.js";

/** Looks at one binding. */
type Rule = (node: GraphNode, needed: ReadonlySet<ServiceIdentifier>) => Iterable<Finding>;

/** Every mistake that can be told without running user code, in the order of the bindings. */
export function findingsOf(graph: readonly GraphNode[], needed: ReadonlySet<ServiceIdentifier>): Finding[] {
  return [...cycles(graph), ...graph.flatMap((node) => RULES.flatMap((rule) => [...rule(node, needed)]))];
}

const RULES: readonly Rule[] = [
  cannotBePlanned,
  capturesShorterLived,
  touchesShorterLived,
  touchesWhileMade,
  cannotBeReady,
  ignoresClassScope,
  forgetsProviders,
  contradictsClassScope,
  cannotBeProxied,
  defersUnknown,
  isNeverEnded,
];

/** Whether an instance of this binding, and what it holds, outlives the context that has caused it. */
function keeps({ scope, bound }: GraphNode): boolean {
  if (bound === undefined) return scope === "singleton";
  // A lease ends with the context, the instance does not.
  return isPooled(bound) || bound.service.scope.endsWithContext !== true;
}

function isPooled(bound: BoundScope | undefined): boolean {
  const scope = bound?.service.scope as (Scope & Partial<KeyedScope>) | undefined;
  return (scope?.ofOneKey ?? scope)?.name === POOLED;
}
const POOLED = "pooled";

function* cannotBePlanned({ bound, name, problem }: GraphNode): Generator<Finding> {
  if (problem === undefined || isCircle(problem)) return;
  // A stock binding may lack what only a child, or whoever asks for it, provides; a recipe of ours is planned so and no other way.
  if (bound === undefined) return;
  yield {
    code: "CREATE_FAILED",
    service: name,
    message: `${name} cannot be made: ${firstLine(problem)} Bind what is missing, in this container or a parent.`,
  };
}

function firstLine({ message }: Error): string {
  return oneLine(message.split("\n", 1)[0]!, LONGEST_PROBLEM);
}

const LONGEST_PROBLEM = 1000;

function isCircle({ message }: Error): boolean {
  return message.startsWith(CIRCLE);
}
const CIRCLE = "Circular dependency found: ";

/** A stock scope may be shorter than that of whoever holds its instance; proxies cannot be captured. */
function* capturesShorterLived(node: GraphNode): Generator<Finding> {
  if (!keeps(node)) return;
  for (const path of held(node)) {
    const captured = path.at(-1)!;
    const shorter = shorterLife(captured, node);
    if (shorter === undefined) continue;
    yield {
      code: "CAPTIVE_DEPENDENCY",
      service: node.name,
      message:
        `${[node, ...path].map(({ name }) => name).join(" → ")}: ${node.name} (${node.scope}) would keep, for one ` +
        `context after the other, an instance of ${captured.name}, which is ${shorter}. Bind ${captured.name} per async context, or ${node.name} in ` +
        `a scope no longer than that.`,
    };
  }
}

/** What is injected as it is, and what is injected into that, each with its path; singletons are held by themselves. */
function* held(node: GraphNode, path: readonly GraphNode[] = [], seen = new Set<GraphNode>()): Generator<GraphNode[]> {
  for (const dependency of node.dependencies) {
    if (dependency.bound !== undefined || seen.has(dependency)) continue;
    seen.add(dependency);
    const further = [...path, dependency];
    yield further;
    if (dependency.scope !== "singleton") yield* held(dependency, further, seen);
  }
}

function shorterLife({ scope, binding }: GraphNode, holder: GraphNode): string | undefined {
  if (scope === "request") return "one for each resolution (inRequestScope)";
  const decorated = decoratedClassOf(binding);
  const classScope = decorated && classScopeOf(decorated);
  // What is lent to one context at a time may have one of its own.
  if (classScope?.name === POOLED && isPooled(holder.bound)) return undefined;
  return classScope?.endsWithContext === true ? `decorated as ${classScope.name}, but bound without it` : undefined;
}

/** A provider method needs its provider while it makes what may outlive it. */
function* touchesShorterLived(node: GraphNode): Generator<Finding> {
  if (!keeps(node)) return;
  for (const { bound, name, scope } of node.touched) {
    if (bound?.service.scope.endsWithContext !== true) continue;
    yield {
      code: "CAPTIVE_DEPENDENCY",
      service: node.name,
      message:
        `${node.name} (${node.scope}) is made by a method of ${name}, which is ${scope} and can be touched only in a ` +
        `context. Let the provider be shared, or decorate the method with @perAsyncContext().`,
    };
  }
}

/** Made asynchronously or limited, and nothing of it can wait. */
function* cannotBeReady(node: GraphNode, needed: ReadonlySet<ServiceIdentifier>): Generator<Finding> {
  const { bound, name } = node;
  if (bound === undefined || needed.has(bound.identifier)) return;
  const { shape, defer } = bound.service.proxyOptions;
  if (isSaid(defer) || bound.service.target.source.peek() !== undefined) return;
  const why = whyAsync(node, bound);
  // Every class is one of Object: it tells nothing.
  if (shape === undefined || shape === Object) {
    yield* cannotWait(node, bound, why);
    return;
  }
  if (why === undefined || membersOf(shape).some(({ waitsIn }) => waitsIn !== undefined)) return;
  yield {
    code: "NOT_READY",
    service: name,
    message:
      `${name} is made asynchronously (${why}), but ${shape.name} has no async member whose call could wait` +
      `${compiledAsyncOf(shape).length === 0 ? "" : ` (it was ${BELOW_ES2017})`}. Name those ` +
      `that return a promise in \`defer\`; or take it first, with runInContext({ needs: [proxy] }, fn) or await ` +
      `ready(proxy), and say so: verify(container, { needs: [${name}] }).`,
  };
}

/** Of a service without a known class nothing waits: with a pool that shows under load only. */
function* cannotWait({ name, scope }: GraphNode, { service }: BoundScope, why: string | undefined): Generator<Finding> {
  const isOfContext = service.scope.endsWithContext === true;
  const maxSize = bindingPoolOf(service.target.source)?.maxSize;
  // A shared one is made once, at start-up.
  if (why === undefined ? (maxSize ?? Infinity) === Infinity : !isOfContext && maxSize === undefined) return;
  const reason = why === undefined ? `there are at most ${maxSize}` : `it is made asynchronously (${why})`;
  const first = isOfContext ? "runInContext({ needs: [proxy] }, fn) or await ready(proxy)" : "use(proxy, fn)";
  yield {
    code: why === undefined ? "POOL_EXHAUSTED" : "NOT_READY",
    service: name,
    message:
      `${name} is ${scope}, and ${reason}, but no call of it can wait, since its class is not known. Tell it with the ` +
      `option \`shape\` (a class, an example, or Function if it is called itself), or name the members that return a promise in \`defer\`; or take it first, with ${first}, and say ` +
      `so: verify(container, { needs: [${name}] }).`,
  };
}

function whyAsync(node: GraphNode, { facts, recipe }: BoundScope, seen = new Set<GraphNode>()): string | undefined {
  if (isAsyncInSource(facts.factory) || providerOf(facts.factory)?.isAsync === true) return "its factory is async";
  if (isAsyncInSource(recipe.activations.own)) return "its onActivation handler is async";
  return asyncPostConstruct(node, facts.shape) ?? asyncDependency(node) ?? asyncProvider(node, seen);
}

/** A provider method waits for its provider. */
function asyncProvider({ touched }: GraphNode, seen: Set<GraphNode>): string | undefined {
  for (const provider of touched) {
    if (seen.has(provider)) continue;
    seen.add(provider);
    const { bound, name } = provider;
    const isAsync =
      bound === undefined
        ? isMadeAsync(provider) || asyncDependency(provider) !== undefined
        : whyAsync(provider, bound, seen) !== undefined;
    if (isAsync) return `its provider ${name} is async`;
  }
  return undefined;
}

function asyncPostConstruct({ postConstruct }: GraphNode, shape: BoundScope["facts"]["shape"]): string | undefined {
  const prototype = shape?.prototype as Record<PropertyKey, unknown> | undefined;
  const method = [...postConstruct].find((name) => isAsyncInSource(prototype?.[name]));
  return method === undefined ? undefined : `@postConstruct ${String(method)} is async`;
}

function asyncDependency(node: GraphNode): string | undefined {
  for (const path of held(node)) {
    const dependency = path.at(-1)!;
    if (isMadeAsync(dependency)) return `its dependency ${dependency.name} is async`;
  }
  return undefined;
}

/** Of a stock binding. */
function isMadeAsync(node: GraphNode): boolean {
  const { factory, implementationType, type, value } = node.binding;
  if (isAsyncInSource(factory) || (type === "DynamicValue" && isAsyncInSource(value))) return true;
  return asyncPostConstruct(node, implementationType) !== undefined;
}

function* ignoresClassScope({ binding, name }: GraphNode): Generator<Finding> {
  const decorated = classWithIgnoredScope(binding);
  if (decorated !== undefined) yield { code: "INVALID_OPTION", service: name, message: ignoredScopeText(decorated) };
}

function* forgetsProviders({ forgotten, name }: GraphNode): Generator<Finding> {
  if (forgotten !== undefined) yield { code: "INVALID_OPTION", service: name, message: forgottenText(forgotten) };
}

function* contradictsClassScope(node: GraphNode): Generator<Finding> {
  const { binding, bound, name, scope } = node;
  const decorated = classWithIgnoredScope(binding) === undefined ? decoratedClassOf(binding) : undefined;
  const classScope = bound?.facts.classScope ?? (decorated && classScopeOf(decorated));
  if (classScope === undefined || classScope.name === scope) return;
  yield {
    code: "INVALID_OPTION",
    service: name,
    message:
      `${name} is decorated as ${classScope.name}, but bound as ${scope}. Say one of them: leave the scope out of the ` +
      `binding, or the decorator off the class.`,
  };
}

/** What the proxy would refuse at first use. */
function* cannotBeProxied({ bound, name }: GraphNode): Generator<Finding> {
  const shape = bound?.service.proxyOptions.shape;
  // What an example is, it is.
  if (shape === undefined || (bound!.service.scope.options?.shape ?? shape) !== shape) return;
  for (const exotic of [Array, Function]) {
    if (!Object.prototype.isPrototypeOf.call(exotic.prototype, shape.prototype as object)) continue;
    yield {
      code: "NOT_PROXYABLE",
      service: name,
      message: `${name}: ${shape.name} extends ${exotic.name}, for which a proxy must be made: say { shape: ${exotic.name} }.`,
    };
  }
}

/** Services that need each other while they are made, each circle told once. */
function* cycles(graph: readonly GraphNode[]): Generator<Finding> {
  const told = new Set<string>();
  const tell = function* (service: string, path: readonly string[]): Generator<Finding> {
    const key = [...new Set(path)].toSorted().join("\n");
    if (!told.has(key)) yield cycle(service, path.join(" → "));
    told.add(key);
  };
  for (const { name, problem } of graph) {
    if (problem !== undefined && isCircle(problem)) yield* tell(name, circleOf(problem));
  }
  for (const node of graph) {
    const path = wayBack(node, node);
    if (path !== undefined)
      yield* tell(
        node.name,
        [...path, node].map(({ name }) => name),
      );
  }
}

/** inversify's path begins where the plan did, which need not be in the circle. */
function circleOf(problem: Error): string[] {
  const path = firstLine(problem).slice(CIRCLE.length).split(" -> ");
  return path.slice(path.indexOf(path.at(-1)!));
}

function cycle(service: string, path: string): Finding {
  return {
    code: "SCOPE_CYCLE",
    service,
    message: `${path}: each needs the next one to be made. Let one of them get the other as a proxy, by a scope of ours, and touch it later.`,
  };
}

/** From a node back to it over what is needed at creation: proxies are not, unless the factory touches them. */
function wayBack(from: GraphNode, to: GraphNode, seen = new Set<GraphNode>()): GraphNode[] | undefined {
  const real = [...from.dependencies].filter(({ bound }) => bound === undefined);
  for (const next of [...real, ...from.touched]) {
    if (next === to) return [from];
    if (seen.has(next)) continue;
    seen.add(next);
    const rest = wayBack(next, to, seen);
    if (rest !== undefined) return [from, ...rest];
  }
  return undefined;
}
