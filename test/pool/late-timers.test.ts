import { expect } from "chai";
import { setTimeout as sleep } from "node:timers/promises";
import { type Lease, Pool, type PoolOptions } from "inversify-scopes/pool";

import { Deadlines, Task } from "../../src/pool/time/deadlines.js";
import { VirtualClock } from "../support/clock.js";
import { rejected } from "../support/errors.js";
import { gate, turn } from "../support/gate.js";
import { expectBooks, poolOf, take, Thing, watch } from "../support/pool.js";
import { arrived, reactions, stall } from "../support/stall.js";

const inPool = <R, A extends unknown[]>(fn: (...args: A) => R, ...args: A): R => fn(...args);

/** The loop stands still for so long, then timers fire, before everything else. */
async function standStill(clock: VirtualClock, ms: number): Promise<void> {
  clock.time += ms;
  await clock.advance(0);
}

describe("a late timer is no verdict (law 14)", () => {
  describe("deadlines", () => {
    function fixture(): {
      clock: VirtualClock;
      deadlines: Deadlines;
      fired: string[];
      add(name: string, ms: number): Task;
    } {
      const clock = new VirtualClock();
      const deadlines = new Deadlines(clock, inPool, true);
      const fired: string[] = [];
      const add = (name: string, ms: number): Task => {
        const task = new Task((now) => fired.push(`${name} at ${now}`));
        deadlines.add(task, clock.time, ms);
        return task;
      };
      return { clock, deadlines, fired, add };
    }

    it("one that fires in time expires at once, with nothing asynchronous between", () => {
      const { clock, fired, add } = fixture();
      add("a", 50);
      clock.fireNow(50);
      expect(fired).to.deep.equal(["a at 50"]);
    });

    it("what is answered in the turn of the event loop after a late timer does not expire", async () => {
      const { clock, deadlines, fired, add } = fixture();
      const answered = add("answered", 50);
      add("hangs", 60);
      setImmediate(() => deadlines.remove(answered));
      await standStill(clock, 200);
      expect(fired).to.deep.equal(["hangs at 200"]);
      expect(clock.timers).to.equal(0);
    });

    it("what becomes due in that turn gets one of its own, if it is late, too", async () => {
      const { clock, fired, add } = fixture();
      add("a", 50);
      add("b", 300);
      setImmediate(() => (clock.time += 200));
      clock.time += 200;
      clock.fireNow(0);
      expect(fired).to.deep.equal([]);
      await turn();
      expect(fired).to.deep.equal(["a at 400"]);
      clock.fireNow(0);
      expect(fired).to.deep.equal(["a at 400"]);
      await turn();
      expect(fired).to.deep.equal(["a at 400", "b at 400"]);
    });

    it("nothing is left, and nothing is lost, if all are answered in that turn and new ones come", async () => {
      const { clock, deadlines, fired, add } = fixture();
      const first = add("first", 50);
      clock.time += 200;
      clock.fireNow(0);
      add("second", 10);
      deadlines.remove(first);
      await turn();
      expect(clock.timers).to.equal(1);
      await clock.advance(10);
      expect(fired).to.deep.equal(["second at 210"]);
      const third = add("third", 50);
      clock.time += 200;
      clock.fireNow(0);
      deadlines.remove(third);
      await turn();
      expect(clock.timers).to.equal(0);
    });
  });

  const later = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
  for (const [limit, options] of [
    ["acquireTimeoutMs", { create: (n) => later().then(() => new Thing(n)) }],
    ["createTimeoutMs", { create: (n) => later().then(() => new Thing(n)), onCreate: later }],
    ["checkTimeoutMs", { healthCheck: later, checkOn: ["acquire", "release"] }],
    ["checkTimeoutMs", { onAcquire: later, onRelease: later }],
    ["maxLeaseMs", {}],
    ["leaseWarnMs", {}],
    ["destroyTimeoutMs", { destroy: later }],
  ] satisfies [keyof PoolOptions<Thing>, Partial<PoolOptions<Thing>>][]) {
    it(`${limit} (${Object.keys(options).join(", ")}): what was answered meanwhile is not destroyed, rejected, taken back or warned of`, async () => {
      const { pool, clock, warnings } = poolOf({ [limit]: 50, maxSize: 1, ...options });
      const until = async (done: () => boolean): Promise<void> => {
        for (let i = 0; i < 3 && !done(); i++) await standStill(clock, 200);
        expect(done()).to.equal(true);
      };
      for (let round = 0; round < 2; round++) {
        let lease: Lease<Thing> | undefined;
        void pool.acquire().then((taken) => (lease = taken));
        await turn();
        await until(() => lease !== undefined);
        setImmediate(() => void lease?.release());
        await standStill(clock, 200);
        await until(() => pool.stats().idle === 1);
      }
      const closing = watch(pool.close());
      await until(() => closing.now.state === "fulfilled");
      const { destroyed, created, timedOutStillRunning, destroyFailures, longLeases } = pool.stats();
      expect({ created, closed: destroyed.closed, timedOutStillRunning, destroyFailures, longLeases }).to.deep.equal({
        created: 1,
        closed: 1,
        timedOutStillRunning: 0,
        destroyFailures: 0,
        longLeases: 0,
      });
      expect(warnings).to.deep.equal([]);
    });
  }

  it("the grace of close(): a lease that comes back in that turn is not taken back", async () => {
    const { pool, clock } = poolOf({ maxSize: 1 });
    const [lease] = await take(pool, 1);
    const closing = watch(pool.close({ graceMs: 50 }));
    setImmediate(() => void lease?.release());
    await standStill(clock, 200);
    expect(closing.now.state).to.equal("fulfilled");
    expect(pool.stats().destroyed).to.include({ closed: 1, takenBack: 0 });
  });

  it("create: what is not there in that turn is given up; when it comes it is destroyed beside what took its slot", async () => {
    const made = gate<Thing>();
    const destroying = gate();
    const { pool, clock, ended } = poolOf({
      maxSize: 1,
      createTimeoutMs: 50,
      create: (n) => (n === 0 ? made.promise : new Thing(n)),
      destroy: () => destroying.promise,
    });
    const first = rejected("CREATE_TIMEOUT", pool.acquire());
    const second = watch(pool.acquire());
    await standStill(clock, 200);
    await first;
    expect(second.now).to.have.nested.property("value.value.n", 1);
    made.open(new Thing(0));
    await turn();
    // It exists until it is destroyed, but has no slot: the slot is not taken from the other, nor given away twice.
    expect(ended.map(({ n }) => n)).to.deep.equal([0]);
    expect(pool.stats()).to.include({ size: 1, leased: 1, destroying: 0 });
    expect(pool.tryAcquire()).to.equal(undefined);
    destroying.open();
    await turn();
    expect(pool.stats()).to.include({ size: 1, leased: 1, createAttempts: 2 });
    expect(pool.stats().destroyed).to.include({ late: 1 });
    expectBooks(pool.stats());
  });

  it("with the real clock and a create that has a timer of its own, as late as the pool's: it is in time", async () => {
    const pool = new Pool<Thing>({
      create: async (n) => {
        if (n === 1) throw new Error("refused");
        await sleep(20);
        return new Thing(n);
      },
      maxSize: 2,
      minSize: 2,
      createTimeoutMs: 40,
      // The pool's timer is set for the end of the pause, and so fires before that of create.
      createBackoffMs: { min: 5, max: 5 },
      logger: { warn: () => undefined },
    });
    const ready = pool.ready().catch(() => undefined);
    await reactions();
    // On a machine that is busy the pause may be over, and a third one has begun.
    const { createAttempts, creating, createFailures } = pool.stats();
    expect({ creating, createFailures }).to.eql({ creating: createAttempts - 1, createFailures: 1 });
    stall(100);
    await ready;
    await pool.use(({ n }) => expect(n).to.equal(0));
    expect(pool.stats()).to.include({ createFailures: 1 });
    await pool.close();
  });

  it("with the real clock and a real answer", async () => {
    const pool = new Pool({
      create: () => new Thing(0),
      maxSize: 1,
      checkOn: ["acquire"],
      checkTimeoutMs: 10,
      healthCheck: arrived,
    });
    await pool.use(() => undefined);
    const used = pool.use(({ n }) => n);
    await reactions();
    stall(60);
    expect(await used).to.equal(0);
    expect(pool.stats().destroyed).to.include({ unhealthy: 0 });
    await pool.close();
  });

  it("an acquisition's limit counts from its call, whatever the program did before", async () => {
    const pool = new Pool({ create: () => new Thing(0), maxSize: 1 });
    const held = await pool.acquire();
    stall(150);
    setTimeout(() => void held.release(), 5);
    await (await pool.acquire({ timeoutMs: 100 })).release();
    await pool.close();
  });

  it("so does the time for which an instance is idle, with stamps that are coarse otherwise", async () => {
    const pool = new Pool({ create: (n) => new Thing(n), maxSize: 20, idleTimeoutMs: 10_000 });
    const leases = await take(pool, 18);
    for (const lease of leases.slice(0, 2)) await lease.release();
    await sleep(30);
    const early = pool.stats().instances.filter(({ state }) => state === "idle");
    // The first few are stamped exactly.
    for (const lease of leases.slice(2, 14)) await lease.release();
    stall(200);
    for (const lease of leases.slice(14)) await lease.release();
    pool.resize(19);
    await sleep(20);
    const idle = pool.stats().instances.map(({ idleMs }) => idleMs!);
    // Those before the last stamp are as old as they are; of the others it is not known when they came back: after it.
    expect(early.length).to.equal(2);
    expect(idle.slice(0, 2).every((ms) => ms >= 200)).to.equal(true);
    expect(Math.max(...idle.slice(9))).to.be.lessThan(Math.min(...idle.slice(0, 2)) - 200);
    await pool.close();
  });
});
