import { getEventListeners } from "node:events";
import { expect } from "chai";
import {
  currentContext,
  detach,
  lease,
  pooledScope,
  ready,
  runInContext,
  scopedProxy,
  setFactory,
} from "inversify-scopes";
import { reasonOf, thrown } from "../support/errors.js";
import { gate, turn } from "../support/gate.js";
import { perContext, perContextMade, Thing } from "../support/things.js";

describe("the signal of a context", () => {
  it("aborted beforehand: fn does not run", async () => {
    const reason = new Error("gone");
    let ran = false;
    const error = await reasonOf(runInContext({ signal: AbortSignal.abort(reason) }, () => (ran = true)));
    expect(error).to.equal(reason);
    expect(ran).to.equal(false);
  });

  it("aborts: a pending acquisition rejects with its reason, and what arrives late is ended", async () => {
    const abort = new AbortController();
    const arrival = gate<Thing>();
    const ended: Thing[] = [];
    const late = perContextMade("late", () => arrival.promise, { destroy: (thing) => void ended.push(thing) });
    const reason = new Error("client left");
    await runInContext({ signal: abort.signal }, async () => {
      const waiting = reasonOf(late.later());
      const second = reasonOf(late.later());
      abort.abort(reason);
      expect(await waiting).to.equal(reason);
      expect(await second).to.equal(reason);
      const thing = new Thing();
      arrival.open(thing);
      await turn();
      expect(ended).to.eql([thing]);
    });
    expect(ended).to.have.length(1);
  });

  it("aborts: a wait for a pool rejects, and the slot is not lost", async () => {
    const pool = scopedProxy<Thing>("pool", { shape: Thing });
    setFactory(pool, () => new Thing(), pooledScope(1));
    const held = await lease(pool);
    const abort = new AbortController();
    const reason = new Error("client left");
    await runInContext({ signal: abort.signal }, async () => {
      const waiting = reasonOf(pool.later());
      await turn();
      abort.abort(reason);
      expect(await waiting).to.equal(reason);
    });
    await held.release();
    await runInContext(async () => expect(await pool.later()).to.equal("later from thing"));
  });

  it("aborts: new acquisitions reject with its reason, the body and what it holds go their way", async () => {
    const abort = new AbortController();
    const reason = new Error("client left");
    const log: string[] = [];
    const there = perContext("there", { destroy: () => void log.push("ended") });
    const fresh = perContext("fresh");
    const result = await runInContext({ signal: abort.signal }, async () => {
      there.hello();
      abort.abort(reason);
      expect(there.hello()).to.equal("hello from there");
      expect(await there.later()).to.equal("later from there");
      expect(await reasonOf(Promise.resolve().then(() => fresh.hello()))).to.equal(reason);
      expect(await reasonOf(Promise.resolve().then(() => fresh.later()))).to.equal(reason);
      expect(await reasonOf(ready(fresh))).to.equal(reason);
      expect(log).to.eql([]);
      return "done";
    });
    expect(result).to.equal("done");
    expect(log).to.eql(["ended"]);
  });

  it("aborted by the factory itself: whoever waits for it is told", async () => {
    const abort = new AbortController();
    const reason = new Error("enough");
    const never = gate<Thing>();
    const late = perContextMade("late", () => {
      abort.abort(reason);
      return never.promise;
    });
    await runInContext({ signal: abort.signal }, async () => {
      expect(await reasonOf(late.later())).to.equal(reason);
    });
  });

  it("aborted by the factory itself as the context ends: told once, that it has ended", async () => {
    const abort = new AbortController();
    const late = perContextMade("late", () => {
      abort.abort(new Error("enough"));
      return new Promise<Thing>(() => {});
    });
    let waiting!: Promise<unknown>;
    await runInContext({ signal: abort.signal }, () => {
      waiting = reasonOf(late.later());
    });
    expect(await waiting).to.include({ code: "CONTEXT_ENDED" });
  });

  it("a child has its parent's signal, and its own besides", async () => {
    const outer = new AbortController();
    const own = new AbortController();
    await runInContext({ signal: outer.signal }, async () => {
      for (const { aborted, reason } of [
        { aborted: own, reason: new Error("own") },
        { aborted: outer, reason: new Error("outer") },
      ]) {
        const signals = { outer, own: aborted === own ? own : new AbortController() };
        const thing = perContext("thing");
        await runInContext({ signal: signals.own.signal }, async () => {
          const arrival = gate<Thing>();
          const pending = reasonOf(perContextMade("pending", () => arrival.promise).later());
          const joint = currentContext()!.signal;
          expect(currentContext()!.signal).to.equal(joint);
          expect(joint.aborted).to.equal(false);
          aborted.abort(reason);
          expect(await pending).to.equal(reason);
          expect(joint.reason).to.equal(reason);
          expect(await reasonOf(Promise.resolve().then(() => thing.hello()))).to.equal(reason);
        });
      }
      let ran = false;
      await reasonOf(runInContext(() => (ran = true)));
      expect(ran, "aborted beforehand, also by the parent").to.equal(false);
    });
  });

  it("a signal given again to a child counts once", async () => {
    const { signal } = new AbortController();
    const listeners = (): number => getEventListeners(signal, "abort").length;
    await runInContext({ signal }, () =>
      runInContext({ signal }, () => {
        void currentContext()!.signal;
        expect(listeners()).to.equal(1);
      }),
    );
    expect(listeners()).to.equal(0);
  });

  describe("that currentContext() shows", () => {
    it("is always there, one for a context, and made when somebody asks", async () => {
      await runInContext(async () => {
        const { signal } = currentContext()!;
        expect(signal).to.be.instanceOf(AbortSignal);
        expect(signal.aborted).to.equal(false);
        await turn();
        expect(currentContext()!.signal).to.equal(signal);
        await runInContext(() => expect(currentContext()!.signal).to.not.equal(signal));
        await detach(() => expect(currentContext()!.signal.aborted).to.equal(false));
      });
    });

    it("aborts with the one that was given, for the same reason, also in children", async () => {
      const abort = new AbortController();
      const reason = new Error("client left");
      await runInContext({ signal: abort.signal }, async () => {
        const seen: unknown[] = [];
        const outer = currentContext()!.signal;
        outer.addEventListener("abort", () => seen.push(outer.reason));
        await runInContext(() => {
          const inner = currentContext()!.signal;
          inner.addEventListener("abort", () => seen.push(inner.reason));
          abort.abort(reason);
        });
        expect(seen).to.eql([reason, reason]);
        expect(currentContext()!.signal).to.include({ aborted: true, reason });
      });
    });

    it("asked for after the abort, or after the end, it is as the given one was then", async () => {
      const abort = new AbortController();
      const reason = new Error("client left");
      const ended = await runInContext({ signal: abort.signal }, () => currentContext()!);
      await runInContext({ signal: abort.signal }, () => {
        abort.abort(reason);
        expect(currentContext()!.signal).to.include({ aborted: true, reason });
      });
      expect(ended.signal).to.include({ aborted: true, reason });
    });

    it("does not abort after the end, and leaves nothing on a signal that lives longer", async () => {
      const abort = new AbortController();
      const { signal } = await runInContext({ signal: abort.signal }, () => {
        const context = currentContext()!;
        expect(context.signal.aborted).to.equal(false);
        return context;
      });
      expect(getEventListeners(abort.signal, "abort")).to.have.length(0);
      const unasked = await runInContext({ signal: abort.signal }, () => currentContext()!);
      expect(unasked.signal.aborted).to.equal(false);
      expect(getEventListeners(abort.signal, "abort")).to.have.length(0);
      abort.abort();
      expect(signal.aborted).to.equal(false);
    });
  });

  it("a detached context does not have it", async () => {
    const abort = new AbortController();
    const thing = perContext("thing");
    await runInContext({ signal: abort.signal }, async () => {
      abort.abort(new Error("client left"));
      expect(await detach(() => thing.hello())).to.equal("hello from thing");
    });
  });

  it("leaves no listener behind, and adds one only while something is pending", async () => {
    const { signal } = new AbortController();
    const listeners = (): number => getEventListeners(signal, "abort").length;
    const arrivals = [gate<Thing>(), gate<Thing>()];
    const [a, b] = arrivals.map((arrival, i) => perContextMade(`late ${i}`, () => arrival.promise)) as [Thing, Thing];
    await runInContext({ signal }, async () => {
      expect(listeners()).to.equal(0);
      const waiting = Promise.all([a.later(), b.later()]);
      expect(listeners()).to.equal(1);
      arrivals[0]!.open(new Thing());
      await turn();
      expect(listeners()).to.equal(1);
      arrivals[1]!.open(new Thing());
      await waiting;
      expect(listeners()).to.equal(0);
    });
    const never = perContextMade("never", () => new Promise<Thing>(() => {}));
    let waiting!: Promise<unknown>;
    await runInContext({ signal }, () => {
      waiting = reasonOf(never.later());
      expect(listeners()).to.equal(1);
    });
    expect(listeners()).to.equal(0);
    expect(await waiting).to.include({ code: "CONTEXT_ENDED" });
  });

  it("outside its context it means nothing", () => {
    const thing = perContext("thing");
    thrown("NO_CONTEXT", () => thing.hello());
  });
});
