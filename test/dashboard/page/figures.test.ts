import { expect } from "chai";
import { chart, path } from "../../../src/dashboard/page/chart.js";
import { count, duration, timeOfDay } from "../../../src/dashboard/page/format.js";
import { History, keyed, type Sample, SPAN_MS } from "../../../src/dashboard/page/history.js";
import type { PoolReport } from "../../../src/metrics/index.js";
import { Renderer } from "../../../src/dashboard/page/render.js";
import { FakeDocument, FakeNode } from "../../support/dom.js";

const SIZES = {
  size: 2,
  idle: 0,
  leased: 1,
  draining: 1,
  creating: 0,
  checking: 0,
  resetting: 0,
  destroying: 0,
  waiting: 3,
};

/** A pool in which so many leases have ended, of so many milliseconds each. */
function pool(ended: number, ms: number, more: Partial<PoolReport> = {}): PoolReport {
  const useTime = { count: ended, totalMs: ended * ms, meanMs: ms, maxMs: ms };
  const waitTime = { count: 0, totalMs: 0, meanMs: 0, maxMs: 0 };
  const figures = { useTime, waitTime } as PoolReport["figures"];
  return { service: "Db", label: "Db", ...SIZES, figures, ...more } as PoolReport;
}

describe("dashboard: durations and counts are shown", () => {
  for (const [ms, shown] of [
    [0, "0 ms"],
    [0.04, "0 ms"],
    [3.14, "3.1 ms"],
    [9.96, "10 ms"],
    [999.4, "999 ms"],
    [1_234, "1.2 s"],
    [59_990, "1 min"],
    [3_540_000, "59 min"],
    [7_200_000, "2 h"],
    [172_800_000, "2 days"],
  ] as const) {
    it(`${ms} ms as ${shown}`, () => {
      expect(duration(ms)).to.equal(shown);
    });
  }

  it("as singular and plural, with thousands set apart", () => {
    expect([count(1, "pool"), count(0, "pool"), count(1_234, "entry", "entries")]).to.eql([
      "1 pool",
      "0 pools",
      "1,234 entries",
    ]);
  });

  it("a time as the clock on the wall has it", () => {
    expect(timeOfDay(new Date(2026, 0, 2, 3, 4, 5).getTime())).to.equal("03:04:05");
  });
});

describe("dashboard: the page keeps the last minutes of each pool", () => {
  const KEY = "Db\nDb";

  it("what is in use, what waits, and the means of what has ended since the sample before", () => {
    const history = new History();
    history.add(1_000, [pool(2, 10)]);
    history.add(3_000, [pool(2, 10)]);
    history.add(5_000, [pool(4, 20)]);
    expect(history.of(KEY)).to.eql([
      { at: 1_000, size: 2, inUse: 2, waiting: 3, waitMs: undefined, useMs: 10 },
      { at: 3_000, size: 2, inUse: 2, waiting: 3, waitMs: undefined, useMs: undefined },
      { at: 5_000, size: 2, inUse: 2, waiting: 3, waitMs: undefined, useMs: 30 },
    ]);
  });

  it("a pool that was not touched yet has no means", () => {
    const history = new History();
    history.add(1_000, [pool(0, 0, { figures: null })]);
    history.add(2_000, [pool(1, 7)]);
    expect(history.of(KEY).map(({ useMs }) => useMs)).to.eql([undefined, 7]);
  });

  it("a process that has begun anew counts anew", () => {
    const history = new History();
    history.add(1_000, [pool(100, 10)]);
    history.add(2_000, [pool(1, 5)]);
    expect(history.of(KEY).at(-1)!.useMs).to.equal(5);
  });

  it("no longer than five minutes; and nothing of pools that are gone", () => {
    const history = new History();
    for (let at = 0; at <= SPAN_MS + 10_000; at += 10_000) history.add(at, [pool(1, 1)]);
    expect(history.of(KEY)[0]!.at).to.equal(20_000);
    expect(history.of(KEY)).to.have.length(30);
    history.add(SPAN_MS + 20_000, []);
    expect(history.of(KEY)).to.eql([]);
  });

  it("a server whose clock was put back begins a new line", () => {
    const history = new History();
    history.add(9_000, [pool(1, 1)]);
    history.add(4_000, [pool(1, 1)]);
    expect(history.of(KEY).map(({ at }) => at)).to.eql([4_000]);
  });

  it("pools with the same name are told apart", () => {
    const history = new History();
    const pools = [pool(1, 1, { waiting: 1 }), pool(1, 1, { waiting: 2 }), pool(1, 1, { waiting: 3 })];
    history.add(1, pools);
    const keys = [...keyed(pools).keys()];
    expect(keys.map((key) => history.of(key)[0]!.waiting)).to.eql([1, 2, 3]);
  });
});

describe("dashboard: charts", () => {
  const samples = (...values: (readonly [at: number, waiting: number])[]): Sample[] =>
    values.map(([at, waiting]) => ({ at, size: 4, inUse: 1, waiting, waitMs: undefined, useMs: undefined }));
  const drawn = (all: readonly Sample[], line: Parameters<typeof chart>[1]): FakeNode => {
    const root = new FakeNode("main");
    new Renderer(new FakeDocument(), root).show([chart(all, line)]);
    return root;
  };
  const show = (n: number): string => `${n} pieces`;

  it("say their figures in words, too", () => {
    const root = drawn(samples([0, 5], [2_000, 3]), { title: "waiting", value: ({ waiting }) => waiting, show });
    expect(root.text).to.equal("waiting 3 pieces max 5 pieces");
    expect(root.tagged("svg")[0]!.attributes.get("aria-label")).to.equal(
      "waiting in the last minutes: now 3 pieces, at most 5 pieces",
    );
    expect(root.tagged("path")).to.have.length(1);
  });

  it("that know nothing say so", () => {
    const root = drawn(samples([0, 5]), { title: "wait time", value: ({ waitMs }) => waitMs, show });
    expect(root.tagged("svg")[0]!.attributes.get("aria-label")).to.match(/: nothing yet$/);
    expect(root.tagged("path")[0]!.attributes.get("d")).to.equal("");
  });

  it("have the ceiling behind the line, and room for both", () => {
    const ceiling = ({ size }: Sample): number => size;
    const root = drawn(samples([0, 1], [60_000, 1]), { title: "in use", value: ({ inUse }) => inUse, ceiling, show });
    const [behind, line] = root.tagged("path").map(({ attributes }) => attributes.get("d"));
    expect(behind).to.equal("M0 2h0.1M240 2h0.1");
    expect(line).to.equal("M0 35h0.1M240 35h0.1");
  });

  it("join what is near, and leave a gap where the page was hidden or nothing is known", () => {
    const all = samples([0, 0], [2_000, 4], [40_000, 4], [42_000, 0], [60_000, 2]);
    expect(path(all, [0, 4, 4, undefined, 2], 4)).to.equal("M0 46h0.1L8 2M160 2h0.1M240 24h0.1");
    expect(path([], [], 1)).to.equal("");
  });

  it("span the time that is known, from a minute on", () => {
    expect(path(samples([0, 1], [10_000, 1]), [1, 1], 1)).to.equal("M200 2h0.1L240 2");
    expect(path(samples([0, 1], [600_000, 1]), [undefined, 1], 1)).to.equal("M240 2h0.1");
  });
});
