import type { Finding } from "../../base/errors.js";
import { oneLine } from "../../base/one-line.js";
import { cannotBeMade, cycle } from "./findings.js";
import type { GraphNode } from "./graph.js";

/*
 * What inversify cannot plan: a service that is not bound, services that need each other. Circles over provider methods, which
 * inversify does not see, are found here, too.
 */

/** A dependency is not bound. */
export function* cannotBePlanned({ scoped, name, problem }: GraphNode): Generator<Finding> {
  // Only of a scoped binding: what a stock one lacks, a child or the caller may provide.
  if (scoped === undefined || problem === undefined || isCircle(problem)) return;
  yield cannotBeMade(name, firstLine(problem));
}

function firstLine({ message }: Error): string {
  return oneLine(message.split("\n", 1)[0]!, LONGEST_PROBLEM);
}

const LONGEST_PROBLEM = 1000;

function isCircle({ message }: Error): boolean {
  return message.startsWith(CIRCLE);
}
const CIRCLE = "Circular dependency found: ";

/** Services that need each other while they are made; each circle once. */
export function* cycles(graph: readonly GraphNode[]): Generator<Finding> {
  const told = new Set<string>();
  const tell = function* (service: string, path: readonly string[]): Generator<Finding> {
    const key = [...new Set(path)].toSorted().join("\n");
    if (!told.has(key)) yield cycle(service, path);
    told.add(key);
  };
  for (const { name, problem } of graph) {
    if (problem !== undefined && isCircle(problem)) yield* tell(name, circleOf(problem));
  }
  for (const node of graph) {
    const path = wayBack(node, node);
    if (path === undefined) continue;
    const names = [...path, node].map(({ name }) => name);
    yield* tell(node.name, names);
  }
}

/** inversify's path begins where the plan did, which may be outside the circle. */
function circleOf(problem: Error): string[] {
  const path = firstLine(problem).slice(CIRCLE.length).split(" -> ");
  return path.slice(path.indexOf(path.at(-1)!));
}

/** From a node back to it, over what is needed while it is made. A proxy is not needed then, unless the factory touches it. */
function wayBack(from: GraphNode, to: GraphNode, seen = new Set<GraphNode>()): GraphNode[] | undefined {
  const real = [...from.dependencies].filter(({ scoped }) => scoped === undefined);
  for (const next of [...real, ...from.touched]) {
    if (next === to) return [from];
    if (seen.has(next)) continue;
    seen.add(next);
    const rest = wayBack(next, to, seen);
    if (rest !== undefined) return [from, ...rest];
  }
  return undefined;
}
