import { expect } from "chai";
import { currentContext, detach, hasInstance, release, runInContext } from "inversify-scopes";
import { reasonOf, rejected } from "../support/errors.js";
import { gate, turn } from "../support/gate.js";
import { perContext, perContextMade, Thing } from "../support/things.js";

/** Services whose disposers write down that they ran. */
function noted(log: string[], ...names: readonly string[]): Thing[] {
  return names.map((name) => perContext(name, { destroy: () => void log.push(name) }));
}

describe("the end of a context is exact (law 7)", () => {
  it("last taken, first ended (law 7)", async () => {
    const log: string[] = [];
    const [a, b, c] = noted(log, "a", "b", "c") as [Thing, Thing, Thing];
    await runInContext(() => {
      b.hello();
      a.hello();
      c.hello();
      b.hello();
      expect(log).to.eql([]);
    });
    expect(log).to.eql(["c", "a", "b"]);
  });

  it("an instance arrived asynchronously is ended before what was there earlier (law 7)", async () => {
    const log: string[] = [];
    const arrival = gate<Thing>();
    const late = perContextMade("late", () => arrival.promise, { destroy: () => void log.push("late") });
    const [early, other] = noted(log, "early", "other") as [Thing, Thing];
    await runInContext(async () => {
      early.hello();
      const waiting = late.later();
      other.hello();
      arrival.open(new Thing());
      await waiting;
    });
    expect(log).to.eql(["late", "other", "early"]);
  });

  it("the result comes out after the end, for synchronous and asynchronous bodies (law 7)", async () => {
    const log: string[] = [];
    const [a] = noted(log, "a") as [Thing];
    const sync = runInContext(() => a.hello().length);
    expect(log, "a synchronous body ends its context at once").to.eql(["a"]);
    expect(await sync).to.equal("hello from a".length);
    const body = gate<string>();
    const running = runInContext(async () => {
      a.hello();
      return await body.promise;
    });
    await turn();
    expect(log).to.eql(["a"]);
    body.open("result");
    expect(await running).to.equal("result");
    expect(log).to.eql(["a", "a"]);
  });

  it("asynchronous disposers are awaited, one after the other, before the result comes out (law 7)", async () => {
    const log: string[] = [];
    const gates = { first: gate(), second: gate() };
    const first = perContext("first", {
      async destroy() {
        log.push("first begins");
        await gates.first.promise;
        log.push("first ends");
      },
    });
    const second = perContext("second", {
      async destroy() {
        log.push("second begins");
        await gates.second.promise;
        log.push("second ends");
      },
    });
    let isOver = false;
    const running = runInContext(() => {
      first.hello();
      second.hello();
    }).then(() => (isOver = true));
    await turn();
    expect(log).to.eql(["second begins"]);
    gates.second.open();
    await turn();
    expect(log).to.eql(["second begins", "second ends", "first begins"]);
    expect(isOver).to.equal(false);
    gates.first.open();
    await running;
    expect(log.at(-1)).to.equal("first ends");
  });

  it("every disposer runs even if others fail, and the errors come in an AggregateError (scenario 42) (law 7)", async () => {
    const log: string[] = [];
    const failing = (name: string, isAsync: boolean): Thing =>
      perContext(name, {
        destroy() {
          log.push(name);
          const error = new Error(`${name} failed`);
          if (!isAsync) throw error;
          return Promise.reject(error);
        },
      });
    const services = [failing("a", false), ...noted(log, "b"), failing("c", true), ...noted(log, "d")];
    const error = await reasonOf(
      runInContext({ name: "the request" }, () => {
        for (const service of services) service.hello();
      }),
    );
    expect(log).to.eql(["d", "c", "b", "a"]);
    expect(error).to.be.instanceOf(AggregateError);
    expect((error as AggregateError).errors.map((each: Error) => each.message)).to.eql(["c failed", "a failed"]);
    expect((error as Error).message)
      .to.include("the request")
      .and.include("2");
  });

  it("the one error of a disposer comes out as it is (law 7)", async () => {
    const own = new RangeError("mine");
    for (const destroy of [
      (): never => {
        throw own;
      },
      (): Promise<void> => Promise.reject(own),
    ]) {
      const a = perContext("a", { destroy });
      expect(await reasonOf(runInContext(() => a.hello()))).to.equal(own);
      expect(
        await reasonOf(
          runInContext(async () => {
            await turn();
            return a.hello();
          }),
        ),
      ).to.equal(own);
    }
  });

  it("what is given back before the end leaves all others to it, in their order (law 7)", async () => {
    for (const which of [0, 1, 2, 3, 4]) {
      const log: string[] = [];
      const things = noted(log, "a", "b", "c", "d", "e");
      await runInContext(async () => {
        for (const thing of things) thing.hello();
        await release(things[which]!);
      });
      const others = ["e", "d", "c", "b", "a"].filter((name) => name !== "abcde"[which]);
      expect(log).to.eql(["abcde"[which], ...others]);
    }
  });

  it("it happens once, also when an instance was given back before (law 7)", async () => {
    const log: string[] = [];
    const [a, b] = noted(log, "a", "b") as [Thing, Thing];
    await runInContext(async () => {
      const first = a.which();
      b.hello();
      await release(a);
      expect(log).to.eql(["a"]);
      await release(a);
      expect(hasInstance(a)).to.equal(false);
      expect(a.which(), "a later touch makes a new one").to.not.equal(first);
    });
    expect(log).to.eql(["a", "a", "b"]);
  });

  it("a disposer sees its context ending, and the instances that were taken before its own (law 7)", async () => {
    const seen: unknown[] = [];
    const below = perContext("below");
    const above = perContext("above", {
      async destroy() {
        seen.push(currentContext()?.state, currentContext()?.name, below.hello());
        await turn();
        seen.push(currentContext()?.state, below.hello());
      },
    });
    await runInContext({ name: "r" }, () => {
      below.hello();
      above.hello();
    });
    expect(seen).to.eql(["ending", "r", "hello from below", "ending", "hello from below"]);
  });

  it("while it is ending, a new acquisition throws CONTEXT_ENDING, also of what has just been ended (law 6)", async () => {
    const never = perContext("never");
    const gone = perContext("gone");
    const errors: unknown[] = [];
    const first = perContext("first", {
      async destroy() {
        errors.push(await reasonOf(Promise.resolve().then(() => never.hello())));
        errors.push(await reasonOf(Promise.resolve().then(() => gone.later())));
      },
    });
    await runInContext({ name: "ender" }, () => {
      first.hello();
      gone.hello();
    });
    expect(errors).to.have.length(2);
    for (const [i, service] of ["never", "gone"].entries()) {
      expect(errors[i]).to.include({ code: "CONTEXT_ENDING", service, context: "ender" });
      expect((errors[i] as Error).message)
        .to.include("ender is ending: nothing new can be taken any more.")
        .and.include(`Touch ${service} inside the callback`);
    }
  });

  it("a pending acquisition is rejected when the body settles, and what arrives late is ended (law 7)", async () => {
    const arrival = gate<Thing>();
    const ended: Thing[] = [];
    const late = perContextMade("late", () => arrival.promise, { destroy: (thing) => void ended.push(thing) });
    let waiting!: Promise<string>;
    await runInContext({ name: "short" }, () => {
      waiting = late.later();
    });
    const error = await rejected("CONTEXT_ENDED", waiting);
    expect(error).to.include({ service: "late", context: "short" });
    expect(error.message).to.include("detach");
    const thing = new Thing();
    arrival.open(thing);
    await turn();
    expect(ended).to.eql([thing]);
  });

  it("the rejection of what was pending names all that was waited for (law 11)", async () => {
    const names = ["mail", "db"];
    const never = names.map((name) => perContextMade(name, () => new Promise<Thing>(() => {})));
    let waits!: Promise<unknown>[];
    await runInContext({ name: "the job" }, () => void (waits = never.map((thing) => reasonOf(thing.later()))));
    for (const wait of waits) {
      expect(await wait).to.include({
        code: "CONTEXT_ENDED",
        context: "the job",
        message:
          "the job ended while it still waited for mail, db. Likely causes: work that nobody awaited (await it inside " +
          "runInContext, or start it with detach(fn) to give it a context of its own); a callback of a socket, queue or " +
          "emitter that another context opened, or a task that waited in a queue (tie it with bindToContext(fn)); a " +
          "middleware that returned before the request was over (put inRequest of inversify-scopes/http around the listener).",
      });
    }
  });

  it("an arrival that meets the end on its way serves nobody (law 7)", async () => {
    // The body's promise and the factory's settle in the same round of reactions, in either order.
    for (const order of ["body first", "arrival first"]) {
      const arrival = gate<Thing>();
      const body = gate();
      const ended: Thing[] = [];
      const used: string[] = [];
      class Telling extends Thing {
        override async later(): Promise<string> {
          used.push(ended.includes(this) ? "ended" : "alive");
          return "";
        }
      }
      const late = perContextMade("late", () => arrival.promise, { destroy: (thing) => void ended.push(thing) });
      let waiting!: Promise<unknown>;
      const running = runInContext(() => {
        waiting = reasonOf(late.later().then(() => Promise.reject(new Error("served"))));
        return body.promise;
      });
      const thing = new Telling();
      if (order === "body first") body.open();
      for (let ticks = 0; ticks < 3; ticks++) await Promise.resolve();
      arrival.open(thing);
      if (order === "arrival first") body.open();
      await running;
      await waiting;
      await turn();
      expect(used, order).to.not.include("ended");
      expect(ended, order).to.eql([thing]);
    }
  });

  it("every distance in ticks between arrival and end is safe (law 7)", async () => {
    for (let distance = 0; distance < 12; distance++) {
      const arrival = gate<Thing>();
      const body = gate();
      const log: string[] = [];
      class Telling extends Thing {
        override async later(): Promise<string> {
          log.push("used");
          return "";
        }
      }
      const late = perContextMade("late", () => arrival.promise, { destroy: () => void log.push("ended") });
      let waiting!: Promise<unknown>;
      const running = runInContext(() => {
        waiting = late.later().catch((error: unknown) => log.push((error as { code: string }).code));
        return body.promise;
      });
      body.open();
      for (let ticks = 0; ticks < distance; ticks++) await Promise.resolve();
      arrival.open(new Telling());
      await running;
      await waiting;
      await turn();
      expect(log, `${distance} ticks`).to.have.length(2).and.to.include("ended");
      expect(log.includes("used") || log.includes("CONTEXT_ENDED"), `${distance} ticks`).to.equal(true);
      if (log.includes("used")) expect(log.indexOf("used")).to.be.lessThan(log.indexOf("ended"));
    }
  });

  it("a factory that fails after the end is nobody's unhandled rejection (law 7)", async () => {
    const arrival = gate<Thing>();
    const late = perContextMade("late", () => arrival.promise);
    let waiting!: Promise<string>;
    await runInContext(() => {
      waiting = late.later();
    });
    await rejected("CONTEXT_ENDED", waiting);
    arrival.fail(new Error("too late to matter"));
    await turn();
  });

  it("two units of work in one place get an instance each (scenario 35)", async () => {
    const unit = perContext("unit");
    const first = await runInContext(() => unit.which());
    const second = await runInContext(() => unit.which());
    expect(second).to.not.equal(first);
  });

  it("a detached context ends by itself", async () => {
    const log: string[] = [];
    const [a] = noted(log, "a") as [Thing];
    await detach(() => a.hello());
    expect(log).to.eql(["a"]);
  });
});
