/** Something to be drawn, and what its arrows lead to. */
export interface Point {
  readonly id: number;
  readonly to: readonly number[];
}

/** How often each layer is put into an order by its neighbours. */
const ROUNDS = 4;

/**
 * Puts points into layers, so that arrows lead from one layer to a later one, but for those that close a circle; and in each layer
 * near what they are connected with.
 *
 * @returns the ids of each layer
 */
export function layersOf(points: readonly Point[]): number[][] {
  const forward = withoutCircles(points);
  const depth = new Map<number, number>();
  for (const id of forward.keys()) depth.set(id, 0);
  // Each comes after all that lead to it.
  for (const [id, to] of forward) {
    for (const next of to) depth.set(next, Math.max(depth.get(next)!, depth.get(id)! + 1));
  }
  const layers: number[][] = [];
  for (const { id } of points) (layers[depth.get(id)!] ??= []).push(id);
  return inOrder(layers, forward);
}

/** The arrows without those that lead back, by where they begin: what leads to a point stands before it. */
function withoutCircles(points: readonly Point[]): Map<number, number[]> {
  const byId = new Map(points.map((point) => [point.id, point]));
  const done: [number, number[]][] = [];
  const state = new Map<number, "open" | "done">();
  // Without recursion: chains of services may be long.
  for (const start of points) {
    if (state.has(start.id)) continue;
    const way = [visit(start)];
    state.set(start.id, "open");
    for (let at = way.at(-1); at !== undefined; at = way.at(-1)) {
      const next = at.rest.pop();
      if (next === undefined) {
        way.pop();
        state.set(at.id, "done");
        done.push([at.id, at.forward]);
        continue;
      }
      const point = byId.get(next);
      if (point === undefined || state.get(next) === "open") continue;
      at.forward.push(next);
      if (state.has(next)) continue;
      state.set(next, "open");
      way.push(visit(point));
    }
  }
  return new Map(done.reverse());
}

function visit({ id, to }: Point): { readonly id: number; readonly rest: number[]; readonly forward: number[] } {
  return { id, rest: [...new Set(to)].toReversed(), forward: [] };
}

function inOrder(layers: readonly number[][], forward: ReadonlyMap<number, readonly number[]>): number[][] {
  const around = new Map<number, number[]>([...forward.keys()].map((id) => [id, []]));
  for (const [id, to] of forward) {
    for (const next of to) {
      around.get(id)!.push(next);
      around.get(next)!.push(id);
    }
  }
  let ordered = layers.map((layer) => [...layer]);
  for (let round = 0; round < ROUNDS; round++) {
    const places = new Map<number, number>();
    for (const layer of ordered) for (const [i, id] of layer.entries()) places.set(id, i / layer.length);
    const wish = (id: number): number => {
      const near = around.get(id)!;
      return near.length === 0 ? places.get(id)! : near.reduce((sum, one) => sum + places.get(one)!, 0) / near.length;
    };
    ordered = ordered.map((layer) => layer.toSorted((a, b) => wish(a) - wish(b)));
  }
  return ordered;
}
