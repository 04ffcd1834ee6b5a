import { expect } from "chai";
import fc from "fast-check";
import { diagram, edgesInWords } from "../../../src/dashboard/page/diagram.js";
import { layersOf, type Point } from "../../../src/dashboard/page/layers.js";
import { Renderer } from "../../../src/dashboard/page/render.js";
import type { Tree } from "../../../src/dashboard/page/tree.js";
import type { BindingReport } from "../../../src/metrics/index.js";
import { FakeDocument, FakeNode } from "../../support/dom.js";

describe("dashboard: layers", () => {
  const layers = (points: readonly Point[]): readonly (readonly number[])[] => layersOf(points).layers;

  it("what is injected stands after what it is injected into, and nothing in between is run through", () => {
    const { layers, via } = layersOf([
      { id: 3, to: [] },
      { id: 1, to: [2, 3] },
      { id: 2, to: [3] },
    ]);
    expect(layers.map((layer) => layer.filter((id) => id > 0))).to.eql([[1], [2], [3]]);
    expect(layers[1]).to.have.members([2, ...via(1, 3)]);
    expect(via(1, 3)).to.have.length(1);
    expect(via(1, 2)).to.eql([]);
  });

  it("circles are cut, whatever leads nowhere is left out", () => {
    expect(
      layers([
        { id: 1, to: [2, 1, 99] },
        { id: 2, to: [3] },
        { id: 3, to: [1] },
      ]),
    ).to.eql([[1], [2], [3]]);
  });

  it("each is near what it is connected with", () => {
    expect(
      layers([
        { id: 1, to: [11] },
        { id: 2, to: [12] },
        { id: 12, to: [] },
        { id: 11, to: [] },
      ]).map((layer) => layer.map((id) => id % 10)),
    ).to.satisfy(([first, second]: number[][]) => JSON.stringify(first) === JSON.stringify(second));
  });

  it("in any graph each point stands once, and arrows lead to later layers unless they close a circle", () => {
    const ids = fc.integer({ min: 1, max: 12 });
    fc.assert(
      fc.property(fc.array(fc.tuple(ids, ids), { maxLength: 30 }), (pairs) => {
        const points = Array.from({ length: 12 }, (_, i) => ({
          id: i + 1,
          to: pairs.filter(([from]) => from === i + 1).map(([, to]) => to),
        }));
        const { layers, via } = layersOf(points);
        const at = new Map(layers.flatMap((layer, i) => layer.map((id) => [id, i] as const)));
        expect([...at.keys()].filter((id) => id > 0).toSorted((a, b) => a - b)).to.eql(points.map(({ id }) => id));
        expect(layers.flat()).to.have.length(at.size);
        for (const { id, to } of points) {
          for (const next of to) {
            const way = via(id, next).map((point) => at.get(point)!);
            const isBack = at.get(next)! <= at.get(id)!;
            expect(way).to.eql(
              isBack ? [] : Array.from({ length: at.get(next)! - at.get(id)! - 1 }, (_, i) => at.get(id)! + 1 + i),
            );
          }
        }
      }),
    );
  });

  it("a chain may be long", () => {
    const chain = Array.from({ length: 5_000 }, (_, id) => ({ id, to: id < 4_999 ? [id + 1] : [] }));
    expect(layers(chain)).to.have.length(5_000);
  });
});

describe("dashboard: the diagram", () => {
  const bindings: BindingReport[] = [
    {
      id: 1,
      service: "Orders",
      scope: "singleton",
      edges: [
        { to: 2, how: "proxy" },
        { to: 3, how: "instance" },
      ],
    },
    { id: 2, service: "Db", scope: "pooled", edges: [{ to: 1, how: "proxy" }] },
    {
      id: 3,
      service: `Clock ${"x".repeat(50)}`,
      scope: "singleton",
      edges: [
        { to: 2, how: "proxy" },
        { to: 9, how: "instance" },
      ],
    },
    { id: 4, service: "Providers", scope: "singleton", edges: [{ to: 2, how: "makes" }] },
  ];
  const drawn = (some: readonly BindingReport[]): FakeNode => {
    const root = new FakeNode("main");
    new Renderer(new FakeDocument(), root).show([diagram(some) as Tree]);
    return root;
  };
  const classes = (root: FakeNode, tag: string): string[] =>
    root.tagged(tag).map(({ attributes }) => attributes.get("class") ?? "");

  it("a box for each binding, with its scope; and an arrow for each edge to what is drawn", () => {
    const root = drawn(bindings);
    const boxes = root.tagged("g");
    expect(boxes.map((box) => box.tagged("title")[0]!.text)).to.eql([
      "Orders: singleton",
      "Db: pooled",
      `Clock ${"x".repeat(50)}: singleton`,
      "Providers: singleton",
    ]);
    expect(classes(root, "g")).to.eql(["box other", "box pooled", "box other", "box other"]);
    expect(boxes[2]!.tagged("text")[0]!.text).to.match(/^Clock x+…$/);
    expect(
      classes(root, "path")
        .filter((one) => one.startsWith("arrow"))
        .toSorted(),
    ).to.eql(["arrow proxy", "arrow instance", "arrow proxy", "arrow proxy", "arrow makes"].toSorted());
    for (const path of root.tagged("path")) expect(path.attributes.get("d")).to.not.match(/NaN|undefined/);
  });

  it("says the edges in words", () => {
    const names = new Map(bindings.map(({ id, service }) => [id, service.slice(0, 9)]));
    const words = bindings.map((binding) => edgesInWords(binding, (id) => names.get(id) ?? "?"));
    expect(words).to.eql(["Db (proxy), Clock xxx", "Orders (proxy)", "Db (proxy), ?", "makes Db"]);
  });
});
