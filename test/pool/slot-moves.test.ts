import { expect } from "chai";
import fc from "fast-check";

import { Ledger } from "../../src/pool/ledger.js";
import { resolveOptions } from "../../src/pool/settings.js";
import { LEGAL_MOVES, Slot, STATE_NAMES, type Handle, type LeaseHome, type State } from "../../src/pool/slot.js";
import { ASSIGNED, LEGAL_WAITER_MOVES, QUEUED, SETTLED, Waiter, WaitQueue } from "../../src/pool/wait-queue.js";
import { Model, runs } from "../support/pool-model.js";
import { poolOf, Thing } from "../support/pool.js";

const STATES = Object.keys(LEGAL_MOVES).map(Number) as State[];
const named = (from: State, to: State): string => `${STATE_NAMES[from]} → ${STATE_NAMES[to]}`;

const home = {} as LeaseHome<Thing>;
const newLedger = (): Ledger<Thing> =>
  new Ledger(resolveOptions({ create: (n: number) => new Thing(n), maxSize: 1 }), poolOf().pool);

describe("the states of a slot", () => {
  it("follow each other as the table at the head of slot.ts says, and in no other way", () => {
    const allowed = STATES.flatMap((from) => STATES.filter((to) => isAllowed(from, to)).map((to) => named(from, to)));
    expect(allowed.sort()).to.deep.equal(
      [
        "creating → idle",
        "creating → destroying",
        "creating → gone",
        "idle → leased",
        "idle → checking",
        "idle → destroying",
        "leased → idle",
        "leased → draining",
        "leased → resetting",
        "leased → checking",
        "leased → destroying",
        "draining → idle",
        "draining → resetting",
        "draining → checking",
        "draining → destroying",
        "resetting → idle",
        "resetting → checking",
        "resetting → destroying",
        "checking → idle",
        "checking → resetting",
        "checking → destroying",
        "destroying → gone",
      ].sort(),
    );
  });

  function isAllowed(from: State, to: State): boolean {
    const ledger = newLedger();
    const slot = new Slot(home, 0, 0);
    slot.state = from;
    try {
      ledger.move(slot, to);
    } catch (error) {
      expect((error as Error).message).to.equal(`bug: a slot goes from ${STATE_NAMES[from]} to ${STATE_NAMES[to]}`);
      expect(slot.state, "left where it was").to.equal(from);
      return false;
    }
    expect(slot.state).to.equal(to);
    return true;
  }

  it("law 10, in any interleaving: every move is legal, also those of the fast paths, and no legal one is idle theory", async function () {
    this.timeout(120_000);
    const seen = new Set<string>();
    const illegal = new Set<string>();
    const note = (from: State, to: State): void => {
      seen.add(named(from, to));
      if (!LEGAL_MOVES[from].includes(to)) illegal.add(named(from, to));
    };
    const { lend, move, takeBack, takeForNext } = Ledger.prototype;
    Object.assign(Ledger.prototype, {
      move(this: Ledger<Thing>, slot: Slot<Thing>, to: State) {
        note(slot.state, to);
        move.call(this, slot, to);
      },
      lend(this: Ledger<Thing>, handle: Handle<Thing>) {
        const { state } = handle.slot;
        const lease = lend.call(this, handle);
        note(state, handle.slot.state);
        return lease;
      },
      takeBack(this: Ledger<Thing>, handle: Handle<Thing>) {
        const { state } = handle.slot;
        const taken = takeBack.call(this, handle);
        if (taken) note(state, handle.slot.state);
        return taken;
      },
      takeForNext(this: Ledger<Thing>, slot: Slot<Thing>) {
        const { state } = slot;
        takeForNext.call(this, slot);
        note(state, slot.state);
      },
    });
    try {
      const property = fc.asyncProperty(runs, (run) => new Model(run).execute());
      await fc.assert(property, { numRuns: 1000, seed: 1, endOnFailure: true });
    } finally {
      Object.assign(Ledger.prototype, { lend, move, takeBack, takeForNext });
    }
    expect([...illegal]).to.deep.equal([]);
    const legal = STATES.flatMap((from) => LEGAL_MOVES[from].map((to) => named(from, to)));
    expect([...seen].sort()).to.deep.equal(legal.sort());
  });
});

describe("the states of a waiter", () => {
  const waiting = (): { queue: WaitQueue<Thing>; waiter: Waiter<Thing> } => {
    const queue = new WaitQueue<Thing>(() => {});
    const event = { pool: "Test", source: poolOf().pool };
    const host = { label: "Test", event, blockers: () => undefined, deadlocked() {}, reject() {}, timedOut() {} };
    const waiter = new Waiter<Thing>(
      host,
      undefined,
      () => {},
      () => {},
    );
    queue.add(waiter);
    return { queue, waiter };
  };

  it("queued, assigned, and back, until it is settled", () => {
    const { queue, waiter } = waiting();
    expect(waiter.state).to.equal(QUEUED);
    expect(queue.assignFirst()).to.equal(waiter);
    expect(waiter.state).to.equal(ASSIGNED);
    expect([queue.length, queue.waiting]).to.deep.equal([0, 1]);
    queue.requeue(waiter);
    expect(waiter.state).to.equal(QUEUED);
    expect([queue.length, queue.waiting]).to.deep.equal([1, 1]);
    expect(queue.serveFirst()).to.equal(waiter);
    expect(waiter.state).to.equal(SETTLED);
    expect(queue.waiting).to.equal(0);
  });

  it("it is settled once, from either place", () => {
    for (const assigned of [false, true]) {
      const { queue, waiter } = waiting();
      if (assigned) queue.assignFirst();
      queue.settle(waiter);
      expect([waiter.state, queue.waiting]).to.deep.equal([SETTLED, 0]);
      expect(() => queue.settle(waiter)).to.throw("bug: a waiter goes from settled to settled");
      expect(() => queue.requeue(waiter)).to.throw("bug: a waiter goes from settled to queued");
    }
  });

  it("one that is queued is not queued again", () => {
    const { queue, waiter } = waiting();
    expect(() => queue.requeue(waiter)).to.throw("bug: a waiter goes from queued to queued");
    expect(LEGAL_WAITER_MOVES[QUEUED]).to.deep.equal([ASSIGNED, SETTLED]);
    expect(LEGAL_WAITER_MOVES[ASSIGNED]).to.deep.equal([QUEUED, SETTLED]);
    expect(LEGAL_WAITER_MOVES[SETTLED]).to.deep.equal([]);
  });
});
