import { expect } from "chai";
import { currentContext, detach, openContexts, runInContext } from "inversify-scopes";
import { reasonOf } from "../support/errors.js";
import { gate, turn } from "../support/gate.js";
import { secondCopy } from "../support/second-copy.js";
import { perContext } from "../support/things.js";

const names = (): string[] => openContexts().map(({ name }) => name);

describe("openContexts", () => {
  it("are those that have begun and not ended, oldest first, whatever ends before them", async () => {
    expect(openContexts()).to.eql([]);
    const works = ["a", "b", "c", "d"].map((name) => ({ name, work: gate() }));
    const running = works.map(({ name, work }) => runInContext({ name }, () => work.promise));
    const end = async (i: number): Promise<string[]> => {
      works[i]!.work.open();
      await running[i];
      return names();
    };
    expect(names()).to.eql(["a", "b", "c", "d"]);
    expect(await end(1), "in the middle").to.eql(["a", "c", "d"]);
    expect(await end(3), "the newest").to.eql(["a", "c"]);
    const late = gate();
    const last = runInContext({ name: "e" }, () => late.promise);
    expect(await end(0), "the oldest").to.eql(["c", "e"]);
    expect(await end(2)).to.eql(["e"]);
    late.open();
    await last;
    expect(names()).to.eql([]);
  });

  it("children and detached ones too, as currentContext() shows them", async () => {
    await runInContext({ name: "parent" }, async () => {
      const parent = currentContext();
      await runInContext({ name: "child" }, async () => {
        expect(openContexts()).to.eql([parent, currentContext()]);
        await detach({ name: "detached" }, () => expect(names()).to.eql(["parent", "child", "detached"]));
        await runInContext({ nested: "reuse" }, () => expect(names()).to.eql(["parent", "child"]));
      });
      expect(names()).to.eql(["parent"]);
    });
  });

  it("one that is ending is among them until its disposers are done", async () => {
    const ended = gate();
    const thing = perContext("thing", { destroy: () => ended.promise });
    const running = runInContext({ name: "job" }, () => thing.hello());
    await turn();
    expect(openContexts().map(({ state }) => state)).to.eql(["ending"]);
    ended.open();
    await running;
    expect(openContexts()).to.eql([]);
  });

  it("failed bodies and failed disposers leave none behind", async () => {
    const thing = perContext("thing", { destroy: () => Promise.reject(new Error("disposer")) });
    await reasonOf(runInContext(() => thing.hello()));
    await reasonOf(runInContext(() => Promise.reject(new Error("body"))));
    await reasonOf(runInContext({ signal: AbortSignal.abort() }, () => 1));
    expect(openContexts()).to.eql([]);
  });

  it("contexts of two copies of the package count in both", async () => {
    const copy = await secondCopy();
    try {
      await runInContext({ name: "here" }, () =>
        copy.main.runInContext({ name: "there" }, () => {
          expect(names()).to.eql(["here", "there"]);
          expect(copy.main.openContexts()).to.eql(openContexts());
        }),
      );
      expect(names()).to.eql([]);
    } finally {
      await copy.remove();
    }
  });

  it("endless recursion leaves none behind", async () => {
    const recurse = (): Promise<unknown> => runInContext(() => recurse());
    await reasonOf(recurse());
    await runInContext(() => 1);
    await turn();
    await turn();
    expect(names()).to.eql([]);
  });

  it("a thousand that are open make none dearer: each is two links (law 16)", async () => {
    const work = gate();
    const running = Array.from({ length: 1_000 }, (_, i) => runInContext({ name: `${i}` }, () => work.promise));
    expect(names()).to.eql(Array.from({ length: 1_000 }, (_, i) => `${i}`));
    work.open();
    await Promise.all(running);
    expect(openContexts()).to.eql([]);
  });
});
