import type { GraphNode } from "./graph.js";

/** The places of nodes in an order. Nodes that are alike so far share a place. */
type Ranks = Map<GraphNode, number>;

/**
 * Sorts nodes by their labels, and those of one label by what they are connected with. So the order does not depend on the order of
 * the bindings. Nodes that are alike in everything are interchangeable.
 */
export function drawingOrder(nodes: readonly GraphNode[], labelOf: (node: GraphNode) => string): GraphNode[] {
  const around = neighboursOf(nodes);
  let ranks = ranked(
    nodes,
    () => 0,
    (node) => `${labelOf(node)}\n${node.scoped === undefined}`,
  );
  for (;;) {
    ranks = refined(nodes, ranks, around);
    const tied = firstTied(nodes, ranks);
    if (tied === undefined) break;
    // The drawing is the same whichever is taken. The next round tells its neighbours apart.
    ranks.set(tied, ranks.get(tied)! - 0.5);
  }
  return nodes.toSorted((a, b) => ranks.get(a)! - ranks.get(b)!);
}

/** The neighbours of each node, by kind of connection. */
function neighboursOf(nodes: readonly GraphNode[]): Map<GraphNode, GraphNode[][]> {
  const around = new Map(
    nodes.map((node) => [node, [[...node.dependencies], [...node.touched], [], []] as GraphNode[][]]),
  );
  for (const node of nodes) {
    for (const dependency of node.dependencies) around.get(dependency)![2]!.push(node);
    for (const provider of node.touched) around.get(provider)![3]!.push(node);
  }
  return around;
}

/** Tells nodes apart by the ranks of their neighbours, as long as that helps. */
function refined(nodes: readonly GraphNode[], ranks: Ranks, around: ReadonlyMap<GraphNode, GraphNode[][]>): Ranks {
  for (;;) {
    const before = ranks;
    const rankOf = (node: GraphNode): number => before.get(node)!;
    const sorted = (some: GraphNode[]): number[] => some.map(rankOf).toSorted((a, b) => a - b);
    const next = ranked(nodes, rankOf, (node) => JSON.stringify(around.get(node)!.map(sorted)));
    if (new Set(next.values()).size === new Set(before.values()).size) return next;
    ranks = next;
  }
}

/** Ranks nodes by their rank so far, then by key. */
function ranked(
  nodes: readonly GraphNode[],
  rankOf: (node: GraphNode) => number,
  keyOf: (node: GraphNode) => string,
): Ranks {
  const keyed = nodes.map((node) => ({ node, rank: rankOf(node), key: keyOf(node) }));
  keyed.sort((a, b) => a.rank - b.rank || compare(a.key, b.key));
  const ranks: Ranks = new Map();
  for (const [i, { node, rank, key }] of keyed.entries()) {
    const last = keyed[i - 1];
    ranks.set(node, last?.rank === rank && last.key === key ? ranks.get(last.node)! : i);
  }
  return ranks;
}

function firstTied(nodes: readonly GraphNode[], ranks: Ranks): GraphNode | undefined {
  const seen = new Map<number, GraphNode>();
  let tied: number | undefined;
  for (const node of nodes) {
    const rank = ranks.get(node)!;
    if (!seen.has(rank)) seen.set(rank, node);
    else tied = Math.min(tied ?? rank, rank);
  }
  return tied === undefined ? undefined : seen.get(tied);
}

/** Compares by code units, which is the same in every locale. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
