import type { ServiceIdentifier } from "inversify";
import type { Finding } from "../../base/errors.js";
import { classWithIgnoredScope, decoratedClassOf } from "../autobind.js";
import { classScopeOf } from "../class-scope.js";
import { capturesShorterLived, madeInShorterLived, touchesWhileMade } from "./captives.js";
import { cannotBeProxied, defersUnknown, isNeverEnded } from "./class-rules.js";
import { contradictsScope, ignoresScope, providersForgotten } from "./findings.js";
import type { GraphNode } from "./graph.js";
import { cannotBePlanned, cycles } from "./plan-problems.js";
import { cannotBeReady } from "./waiting.js";

/** Looks at one binding. */
type Rule = (node: GraphNode, needed: ReadonlySet<ServiceIdentifier>) => Iterable<Finding>;

/** Every mistake that can be told without user code, in the order of the bindings; circles come first. */
export function findingsOf(graph: readonly GraphNode[], needed: ReadonlySet<ServiceIdentifier>): Finding[] {
  return [...cycles(graph), ...graph.flatMap((node) => RULES.flatMap((rule) => [...rule(node, needed)]))];
}

const RULES: readonly Rule[] = [
  cannotBePlanned,
  capturesShorterLived,
  madeInShorterLived,
  touchesWhileMade,
  cannotBeReady,
  ignoresClassScope,
  forgetsProviders,
  contradictsClassScope,
  cannotBeProxied,
  defersUnknown,
  isNeverEnded,
];

function* ignoresClassScope({ binding, name }: GraphNode): Generator<Finding> {
  const decorated = classWithIgnoredScope(binding);
  if (decorated !== undefined) yield ignoresScope(name, decorated);
}

function* forgetsProviders({ forgotten, name }: GraphNode): Generator<Finding> {
  if (forgotten !== undefined) yield providersForgotten(name, forgotten);
}

function* contradictsClassScope(node: GraphNode): Generator<Finding> {
  const { binding, scoped, scope } = node;
  const decorated = classWithIgnoredScope(binding) === undefined ? decoratedClassOf(binding) : undefined;
  const classScope = scoped?.details.classScope ?? (decorated && classScopeOf(decorated));
  if (classScope !== undefined && classScope.name !== scope) yield contradictsScope(node, classScope.name);
}
