import "reflect-metadata";
import { expect } from "chai";
import { inject, injectable } from "inversify";
import { lease, runInContext, ScopedContainer } from "inversify-scopes";
import { report, type Report } from "inversify-scopes/metrics";
import { type Browser, start } from "../../../src/dashboard/page/main.js";
import { VirtualClock } from "../../support/clock.js";
import { FakeDocument, FakeNode } from "../../support/dom.js";
import { gate, turn } from "../../support/gate.js";
import { putOpenContextsAside } from "../../support/own-contexts.js";

class Db {
  async query(): Promise<string> {
    return "rows";
  }
  async slow(until: Promise<void>): Promise<void> {
    await until;
  }
}
@injectable()
class Orders {
  constructor(@inject(Db) readonly db: Db) {}
}

/** A browser that shows the page, and a server that answers it. */
class Rig implements Browser {
  readonly root = new FakeNode("main");
  readonly clock = new VirtualClock();
  readonly location = { pathname: "/ops/" };
  readonly performance = this.clock;
  readonly asked: string[] = [];
  answer: () => Promise<{ status: number; json(): Promise<unknown> }> | { status: number; json(): Promise<unknown> };
  hidden = false;
  #listeners: (() => void)[] = [];
  readonly document: Browser["document"];

  constructor(container: ScopedContainer, facts = false) {
    this.answer = () => ({
      status: 200,
      json: async () => JSON.parse(JSON.stringify(report(container, { facts }))) as Report,
    });
    const isHidden = (): boolean => this.hidden;
    const { root } = this;
    this.document = Object.assign(new FakeDocument(), {
      get hidden() {
        return isHidden();
      },
      getElementById: (id: string) => (id === "page" ? root : null),
      addEventListener: (_: string, listener: () => void) => void this.#listeners.push(listener),
    });
    Object.defineProperty(this.document, "hidden", { get: isHidden });
  }

  async fetch(url: string, options: object): Promise<{ status: number; json(): Promise<unknown> }> {
    expect(options).to.include({ cache: "no-store" });
    this.asked.push(url);
    return this.answer();
  }
  setTimeout = (callback: () => void, ms: number): unknown => this.clock.setTimeout(callback, ms);
  clearTimeout = (timer: unknown): void => this.clock.clearTimeout(timer as never);

  async begin(): Promise<this> {
    start(this);
    await turn();
    return this;
  }
  async hide(hidden: boolean): Promise<void> {
    this.hidden = hidden;
    for (const listener of this.#listeners) listener();
    await turn();
  }
  get text(): string {
    return this.root.text;
  }
  withRole(role: string): FakeNode[] {
    return this.root.all(({ attributes }) => attributes.get("role") === role);
  }
  section(title: string): FakeNode {
    return this.root.tagged("section").find((section) => section.tagged("h2")[0]!.text === title)!;
  }
  get pools(): FakeNode[] {
    return this.root.all(({ attributes }) => attributes.get("class")?.startsWith("pool") === true);
  }
  button(name: string): FakeNode {
    return this.root.tagged("button").find(({ text }) => text.startsWith(name))!;
  }
  filter(value: string): void {
    this.root.tagged("input")[0]!.fire("oninput", { value });
  }
}

describe("dashboard: the page", () => {
  beforeEach(putOpenContextsAside);

  /** @param clock - the pool's: time-outs and warnings come as a test likes */
  const build = (clock = new VirtualClock()): ScopedContainer => {
    const container = new ScopedContainer({ defaultScope: "Singleton" });
    const describe = (): object => ({ pid: 7 });
    const logger = { warn() {} };
    container
      .bind(Db)
      .toSelf()
      .inPooledScope({ maxSize: 1, leaseStacks: true, acquireTimeoutMs: 5, leaseWarnMs: 1, describe, logger, clock });
    container.bind(Orders).toSelf();
    return container;
  };

  it("shows who holds what, who waits, the contexts, what went wrong, and the bindings", async () => {
    const clock = new VirtualClock();
    const container = build(clock);
    const db = container.get(Db);
    let waiting!: ReturnType<typeof lease<Db>>;
    await runInContext({ name: "holder" }, async () => {
      await db.query();
      const late = lease(db).catch(() => {});
      await clock.advance(5);
      await late;
      waiting = lease(db);
      await turn();
      const rig = await new Rig(container).begin();
      expect(rig.asked).to.eql(["/ops/report.json"]);
      expect(rig.withRole("status")[0]!.text).to.equal("Live.");
      const [pool] = rig.pools;
      expect(pool!.attributes.get("class")).to.equal("pool busy");
      expect(pool!.tagged("summary")[0]!.text).to.equal("Db1 of 1 leased, 0 idle, 1 waiting");
      expect(pool!.tagged("caption").map(({ text }) => text)).to.eql(["Who holds what of Db", "Who waits for Db"]);
      expect(pool!.tagged("tbody")[0]!.text).to.match(/^holder #\d+#0\d\d:\d\d:\d\d5 mswhere it was takenat /);
      expect(pool!.tagged("tbody")[1]!.text).to.match(/^explicit lease\d\d:\d\d:\d\d0 ms/);
      expect(rig.section("Open contexts").tagged("tbody")[0]!.text).to.match(/^holder #\d+active.*Db–$/);
      expect(rig.section("Recent errors").text).to.include("POOL_TIMEOUT").and.include("POOL_LEASE_LONG");
      expect(rig.section("Bindings").tagged("tbody")[0]!.text).to.equal("Dbpooled–OrderssingletonDb (proxy)");
      expect(rig.text).to.not.include("pid");
    });
    await (await waiting).release();
  });

  it("shows the facts that the report tells, and what drains", async () => {
    const container = build();
    const db = container.get(Db);
    const end = gate();
    let slow!: Promise<void>;
    await runInContext({ name: "left" }, async () => {
      slow = db.slow(end.promise);
    });
    const rig = await new Rig(container, true).begin();
    expect(rig.pools[0]!.text)
      .to.include("0 of 1 leased, 0 idle, 1 draining")
      .and.include("draining: slow")
      .and.include('{"pid":7}')
      .and.include("Instances of Db");
    end.open();
    await slow;
    await turn();
  });

  it("of a context that is in another, and waits: which, and for what", async () => {
    const container = build();
    const db = container.get(Db);
    await runInContext({ name: "outer" }, async () => {
      const held = await lease(db);
      const inner = runInContext({ name: "inner" }, () => db.query());
      await turn();
      const rig = await new Rig(container).begin();
      expect(rig.section("Open contexts").text).to.match(/outer #(\d+)active.*inner #\d+ in #\1active.*–Db$/);
      await held.release();
      await inner;
    });
  });

  it("says so where there is nothing", async () => {
    const rig = await new Rig(new ScopedContainer()).begin();
    const texts = ["Pools", "Open contexts", "Recent errors", "Bindings"].map((title) => rig.section(title).text);
    expect(texts).to.eql([
      "PoolsThere is none.",
      "Open contextsNone is open.",
      "Recent errorsNothing went wrong of late.",
      "BindingsNothing is bound.",
    ]);
  });

  it("of a pool that failed to create, is untouched, closing, or without a limit", async () => {
    const container = new ScopedContainer();
    const fail = (): never => {
      throw new Error("no route");
    };
    container.bind("failing").toDynamicValue(fail).inPooledScope({ maxSize: 1, shape: Db });
    container.bind("untouched").to(Db).inPooledScope(Infinity);
    container.bind("closing").to(Db).inPooledScope(1);
    await lease(container.get<Db>("failing")).catch(() => {});
    const held = await lease(container.get<Db>("closing"));
    container.unbind("closing");
    const rig = await new Rig(container, true).begin();
    expect(rig.text)
      .to.include("The last creation failed: Error: no route")
      .and.include("0 of ∞ leased, 0 idle, untouched");
    expect(rig.text).to.include("1 of 1 leased, 0 idle, closing").and.include("its pool is made at the first touch");
    expect(rig.text).to.include("CREATE_FAILED");
    await held.discard();
    const after = await new Rig(container).begin();
    expect(after.text).to.include("destroyednone");
  });

  it("asks every two seconds; the charts get longer, and what is in the document stays", async () => {
    const container = build();
    const db = container.get(Db);
    await runInContext(() => db.query());
    const rig = await new Rig(container).begin();
    const nodes = rig.root.all(() => true);
    await rig.clock.advance(1_999);
    expect(rig.asked).to.have.length(1);
    await rig.clock.advance(1);
    expect(rig.asked).to.have.length(2);
    expect(rig.root.all(() => true).filter((node) => !nodes.includes(node))).to.eql([]);
  });

  it("asks less often where an answer takes long", async () => {
    const rig = new Rig(build());
    const answered = gate<{ status: number; json(): Promise<unknown> }>();
    const { answer } = rig;
    rig.answer = () => answered.promise;
    await rig.begin();
    await rig.clock.advance(1_000);
    answered.open(await answer());
    await turn();
    await rig.clock.advance(3_999);
    expect(rig.asked).to.have.length(1);
    await rig.clock.advance(1);
    expect(rig.asked).to.have.length(2);
  });

  it("asks not while it is hidden, and at once when it is seen again", async () => {
    const rig = await new Rig(build()).begin();
    await rig.hide(true);
    await rig.clock.advance(60_000);
    expect(rig.asked).to.have.length(1);
    await rig.hide(false);
    expect(rig.asked).to.have.length(2);
    expect(rig.clock.timers).to.equal(1);
  });

  it("never asks twice at a time", async () => {
    const rig = new Rig(build());
    const answered = gate<{ status: number; json(): Promise<unknown> }>();
    const { answer } = rig;
    rig.answer = () => answered.promise;
    await rig.begin();
    await rig.hide(true);
    await rig.hide(false);
    expect(rig.asked).to.have.length(1);
    answered.open(await answer());
    await turn();
    await rig.clock.advance(2_000);
    expect(rig.asked).to.have.length(2);
  });

  it("can be paused", async () => {
    const rig = await new Rig(build()).begin();
    rig.button("Pause").fire("onclick");
    expect(rig.withRole("status")[0]!.text).to.equal("Paused.");
    expect(rig.button("Pause").attributes.get("aria-pressed")).to.equal("true");
    await rig.clock.advance(60_000);
    expect(rig.asked).to.have.length(1);
    rig.button("Pause").fire("onclick");
    await turn();
    expect(rig.asked).to.have.length(2);
  });

  it("says when the server does not answer, asks less and less often, and goes on when it does", async () => {
    const rig = new Rig(build());
    const { answer } = rig;
    rig.answer = () => Promise.reject(new TypeError("fetch failed"));
    await rig.begin();
    expect(rig.withRole("status")[0]!.text).to.equal("");
    rig.answer = answer;
    await rig.clock.advance(4_000);
    rig.answer = () => Promise.reject(new TypeError("fetch failed"));
    await rig.clock.advance(2_000);
    const [alert] = rig.withRole("alert");
    expect(alert!.text).to.match(/^The server does not answer\. Tried first at \d\d:\d\d:\d\d; the page tries on\.$/);
    expect(rig.withRole("status")[0]!.text).to.match(/^These are the figures of \d\d:\d\d:\d\d\.$/);
    expect(rig.root.all(({ attributes }) => attributes.get("class") === "stale")).to.have.length(1);
    const text = alert!.text;
    await rig.clock.advance(4_000 + 8_000 + 16_000 + 16_000);
    expect(rig.asked).to.have.length(7);
    expect(rig.withRole("alert")[0]!.text).to.equal(text);
    rig.answer = answer;
    await rig.clock.advance(16_000);
    expect(rig.withRole("alert")).to.eql([]);
    expect(rig.withRole("status")[0]!.text).to.equal("Live.");
  });

  for (const [status, said] of [
    [403, "You are not allowed to see this."],
    [401, "You are not allowed to see this."],
    [500, "The server answers with the status 500."],
  ] as const) {
    it(`says what an answer with the status ${status} means`, async () => {
      const rig = new Rig(build());
      rig.answer = () => ({ status, json: () => Promise.reject(new Error("not asked")) });
      await rig.begin();
      expect(rig.withRole("alert")[0]!.text).to.include(said);
    });
  }

  it("opens pools that are few, and keeps open and closed what one has opened and closed", async () => {
    const container = new ScopedContainer();
    for (let i = 0; i < 4; i++) container.bind(`few ${i}`).to(Db).inPooledScope(1);
    const rig = await new Rig(container).begin();
    const inside = (): number[] => rig.pools.map(({ children }) => children.length);
    expect(inside()).to.eql([2, 2, 2, 2]);
    rig.pools[0]!.fire("ontoggle", { open: false });
    rig.pools[1]!.fire("ontoggle", { open: true }); // as browsers do at first
    container.bind("one more").to(Db).inPooledScope(1);
    await rig.clock.advance(2_000);
    expect(inside()).to.eql([1, 2, 2, 2, 1]);
    rig.pools[4]!.fire("ontoggle", { open: true });
    expect(inside()).to.eql([1, 2, 2, 2, 2]);
  });

  it("of a thousand pools shows some, and all if asked to; draws no thousand boxes", async () => {
    const container = new ScopedContainer();
    for (let i = 0; i < 1_000; i++) container.bind(`pool ${i}`).to(Db).inPooledScope(1);
    const rig = await new Rig(container).begin();
    expect(rig.pools).to.have.length(50);
    expect(rig.section("Bindings").tagged("svg")).to.eql([]);
    expect(rig.section("Bindings").text).to.include("These are 1000 bindings.").and.include("Bindings: 100 of 1,000");
    rig.button("Show all 1,000 pools: 50 of 1,000").fire("onclick");
    expect(rig.pools).to.have.length(1_000);
  });

  it("filters pools, contexts, errors and bindings by name; of bindings it shows the neighbours, too", async () => {
    const clock = new VirtualClock();
    const container = build(clock);
    container.bind("mail").to(Db).inPooledScope(1);
    container.bind("alone").toConstantValue(1);
    const db = container.get(Db);
    const held = await lease(db);
    const late = lease(db).catch(() => {});
    await clock.advance(5);
    await late;
    await held.release();
    await runInContext({ name: "Night job" }, async () => {
      await container.get<Db>("mail").query();
      await runInContext({ name: "other" }, async () => {
        const rig = await new Rig(container).begin();
        const labels = (): string[] => rig.pools.map((pool) => pool.tagged("h3")[0]!.text);
        const rows = (title: string): number => (rig.section(title).tagged("tbody")[0]?.children ?? []).length;
        expect([labels(), rows("Open contexts"), rows("Bindings")]).to.eql([["Db", "mail"], 2, 4]);
        rig.filter("NIGHT"); // its holder
        expect([labels(), rows("Open contexts"), rows("Recent errors"), rows("Bindings")]).to.eql([["mail"], 1, 0, 0]);
        rig.filter("orders");
        expect(labels()).to.eql([]);
        expect(rig.section("Pools").text).to.include("None has such a name.");
        expect(rows("Bindings")).to.equal(2);
        rig.filter("db");
        expect([labels(), rows("Recent errors") > 0, rows("Bindings")]).to.eql([["Db"], true, 2]);
      });
    });
  });

  it("more contexts than fit: some, and their number", async () => {
    const container = new ScopedContainer();
    const end = gate();
    const all = Array.from({ length: 120 }, () => runInContext(() => end.promise));
    const rig = await new Rig(container).begin();
    expect(rig.section("Open contexts").text).to.include("the oldest first: 100 of 120");
    end.open();
    await Promise.all(all);
  });
});
