/** Something to be drawn, and what its arrows lead to. */
export interface Point {
  readonly id: number;
  readonly to: readonly number[];
}

/** How often each layer is put into an order by its neighbours. */
const ROUNDS = 4;

/** Where everything is to be drawn. */
export interface Layers {
  /** What stands in each layer: the ids of points, and negative numbers where an arrow passes. */
  readonly layers: readonly (readonly number[])[];
  /** Where an arrow passes the layers between its ends. */
  via(from: number, to: number): readonly number[];
}

/**
 * Puts points into layers, so that arrows lead from one layer to a later one, but for those that close a circle; and in each layer
 * near what they are connected with. Arrows that skip layers have a place there of their own, and don't run through others.
 */
export function layersOf(points: readonly Point[]): Layers {
  const forward = withoutCircles(points);
  const depth = new Map<number, number>();
  for (const id of forward.keys()) depth.set(id, 0);
  // Each comes after all that lead to it.
  for (const [id, to] of forward) {
    for (const next of to) depth.set(next, Math.max(depth.get(next)!, depth.get(id)! + 1));
  }
  const layers: number[][] = [];
  for (const { id } of points) (layers[depth.get(id)!] ??= []).push(id);
  const around = new Map([...forward.keys()].map((id) => [id, [] as number[]]));
  const passes = new Map<string, number[]>();
  let last = 0;
  for (const [id, to] of forward) {
    for (const next of to) {
      const way: number[] = [];
      for (let layer = depth.get(id)! + 1; layer < depth.get(next)!; layer++) {
        way.push(--last);
        layers[layer]!.push(last);
        around.set(last, []);
      }
      passes.set(`${id} ${next}`, way);
      connect([id, ...way, next], around);
    }
  }
  return { layers: inOrder(layers, around), via: (from, to) => passes.get(`${from} ${to}`) ?? [] };
}

/** Each with the next one. */
function connect(way: readonly number[], around: ReadonlyMap<number, number[]>): void {
  for (const [i, next] of way.slice(1).entries()) {
    around.get(way[i]!)!.push(next);
    around.get(next)!.push(way[i]!);
  }
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

function inOrder(layers: readonly number[][], around: ReadonlyMap<number, readonly number[]>): number[][] {
  const ordered = [...layers];
  const places = new Map<number, number>();
  const note = (layer: readonly number[]): void => {
    for (const [i, id] of layer.entries()) places.set(id, i / layer.length);
  };
  const wish = (id: number): number => {
    const near = around.get(id)!;
    return near.length === 0 ? places.get(id)! : near.reduce((sum, one) => sum + places.get(one)!, 0) / near.length;
  };
  for (const layer of ordered) note(layer);
  for (let round = 0; round < ROUNDS; round++) {
    // One after the other: layers that all moved at once would go on changing places.
    for (const [i, layer] of ordered.entries()) {
      ordered[i] = layer.toSorted((a, b) => wish(a) - wish(b));
      note(ordered[i]);
    }
  }
  return ordered;
}
