import { expect } from "chai";
import { currentContext, detach, runInContext } from "inversify-scopes";
import { gate, turn } from "../support/gate.js";
import { perContext } from "../support/things.js";

describe("contexts inside contexts", () => {
  it("a nested context is a child with instances of its own", async () => {
    const thing = perContext("thing");
    await runInContext({ name: "outer" }, async () => {
      const outer = thing.which();
      await runInContext({ name: "inner" }, async () => {
        expect(currentContext()).to.include({ name: "inner", state: "active" });
        expect(currentContext()?.parent).to.include({ name: "outer" });
        expect(thing.which()).to.not.equal(outer);
        await turn();
        expect(currentContext()?.name).to.equal("inner");
      });
      expect(currentContext()?.name).to.equal("outer");
      expect(thing.which()).to.equal(outer);
    });
    expect(currentContext()).to.equal(undefined);
  });

  it("nested: 'reuse' runs in the context that is there, and does not end it (scenario 25)", async () => {
    const log: string[] = [];
    const thing = perContext("thing", { destroy: () => void log.push("ended") });
    await runInContext({ name: "middleware", nested: "reuse" }, async () => {
      const outer = thing.which();
      const result = await runInContext({ name: "guard", nested: "reuse" }, async () => {
        expect(currentContext()?.name).to.equal("middleware");
        expect(thing.which()).to.equal(outer);
        return "result";
      });
      expect(result).to.equal("result");
      expect(log).to.eql([]);
    });
    expect(log).to.eql(["ended"]);
  });

  it("nested: 'reuse' does not run in a context that is over", async () => {
    const thing = perContext("thing");
    const after = gate();
    let late!: Promise<string>;
    await runInContext({ name: "over" }, () => {
      thing.hello();
      late = after.promise.then(() =>
        runInContext({ name: "next", nested: "reuse" }, () => {
          expect(currentContext()?.parent, "an ended context has no children").to.equal(undefined);
          return `${currentContext()?.name}: ${thing.hello()}`;
        }),
      );
    });
    after.open();
    expect(await late).to.equal("next: hello from thing");
  });

  it("children end before parents, also a child that nobody awaited (law 7)", async () => {
    const log: string[] = [];
    const child = perContext("child", {
      async destroy() {
        await turn();
        log.push("child");
      },
    });
    const parent = perContext("parent", { destroy: () => void log.push("parent") });
    const work = gate();
    let forgotten!: Promise<unknown>;
    const running = runInContext(() => {
      parent.hello();
      forgotten = runInContext(async () => {
        child.hello();
        await work.promise;
        log.push("work");
      });
    }).then(() => log.push("over"));
    await turn();
    expect(log).to.eql([]);
    work.open();
    await running;
    await forgotten;
    expect(log).to.eql(["work", "child", "parent", "over"]);
  });

  it("a context that holds nothing waits for its children too (law 7)", async () => {
    const work = gate();
    let over = false;
    const running = runInContext(() => void runInContext(() => work.promise)).then(() => (over = true));
    await turn();
    expect(over).to.equal(false);
    work.open();
    await running;
  });

  it("grandchildren first; siblings each when they are done (law 7)", async () => {
    const log: string[] = [];
    const services = new Map(
      ["root", "a", "a1", "b"].map((name) => [name, perContext(name, { destroy: () => void log.push(name) })]),
    );
    const gates = { a: gate(), a1: gate(), b: gate() };
    const running = runInContext(() => {
      services.get("root")!.hello();
      void runInContext(async () => {
        services.get("a")!.hello();
        void runInContext(async () => {
          services.get("a1")!.hello();
          await gates.a1.promise;
        });
        await gates.a.promise;
      });
      void runInContext(async () => {
        services.get("b")!.hello();
        await gates.b.promise;
      });
    });
    gates.a.open();
    await turn();
    expect(log).to.eql([]);
    gates.b.open();
    await turn();
    expect(log).to.eql(["b"]);
    gates.a1.open();
    await running;
    expect(log).to.eql(["b", "a1", "a", "root"]);
  });

  it("a child begun by a disposer, and one begun while children are awaited, end before the parent is over (law 7)", async () => {
    const log: string[] = [];
    const work = gate();
    const inChild = perContext("in child", { destroy: () => void log.push("child") });
    const first = perContext("first", {
      destroy() {
        void runInContext(async () => {
          inChild.hello();
          await work.promise;
        });
      },
    });
    let over = false;
    const running = runInContext(() => first.hello()).then(() => (over = true));
    await turn();
    expect(over).to.equal(false);
    work.open();
    await running;
    expect(log).to.eql(["child"]);

    const firstChild = gate();
    const secondChild = gate();
    const held = perContext("held", { destroy: () => void log.push("held") });
    const again = runInContext(() => {
      held.hello();
      void runInContext(() => firstChild.promise);
      void firstChild.promise.then(() => runInContext(() => secondChild.promise.then(() => log.push("second child"))));
    });
    firstChild.open();
    await turn();
    expect(log).to.eql(["child"]);
    secondChild.open();
    await again;
    expect(log).to.eql(["child", "second child", "held"]);
  });

  it("detach gives work that outlives its context a context of its own, which nobody's end waits for (scenario 26)", async () => {
    const thing = perContext("thing");
    const work = gate();
    let detached!: Promise<string>;
    const request = await runInContext({ name: "request" }, () => {
      detached = detach({ name: "mail" }, async () => {
        expect(currentContext()).to.include({ name: "mail", parent: undefined });
        const mine = thing.which();
        await work.promise;
        expect(thing.which()).to.equal(mine);
        return thing.hello();
      });
      return thing.which();
    });
    expect(request).to.be.a("number");
    work.open();
    expect(await detached).to.equal("hello from thing");
  });

  it("detach takes options, and a function alone", async () => {
    expect(await detach(() => currentContext()?.parent)).to.equal(undefined);
    const signal = AbortSignal.abort(new Error("no"));
    let ran = false;
    const given = detach({ signal }, () => (ran = true));
    await given.catch(() => {});
    expect(ran).to.equal(false);
  });

  it("a hundred contexts at once don't mix", async () => {
    const thing = perContext("thing");
    const ids = await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        runInContext(async () => {
          const mine = thing.which();
          for (let turns = 0; turns < i % 4; turns++) await turn();
          thing.text = String(i);
          await Promise.resolve();
          expect(thing.text).to.equal(String(i));
          expect(thing.which()).to.equal(mine);
          return mine;
        }),
      ),
    );
    expect(new Set(ids).size).to.equal(100);
  });
});
