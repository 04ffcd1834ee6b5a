import type timers from "node:timers";
import { expect } from "chai";
import { Pool } from "inversify-scopes/pool";

import { CoarseClock, NO_TICK } from "../../src/pool/time/coarse-clock.js";
import { turn } from "../support/gate.js";
import { Thing } from "../support/pool.js";

/** Stands in for Node's interval timers. */
function standIn(): {
  intervals: Interval[];
  tick: () => void;
  timers: Pick<typeof timers, "setInterval" | "clearInterval">;
} {
  const intervals: Interval[] = [];
  const set = (callback: () => void, ms: number): Interval => {
    const interval = new Interval(callback, ms);
    intervals.push(interval);
    return interval;
  };
  return {
    intervals,
    tick() {
      for (const { callback } of [...intervals]) callback();
    },
    timers: {
      setInterval: set as unknown as typeof timers.setInterval,
      clearInterval: ((interval: Interval) => intervals.splice(intervals.indexOf(interval), 1)) as never,
    },
  };
}

class Interval {
  keepsAlive = true;
  constructor(
    readonly callback: () => void,
    readonly ms: number,
  ) {}
  unref(): this {
    this.keepsAlive = false;
    return this;
  }
}

/** Time that has passed, and how often it was asked for. */
function counted(): { now(): number; time: number; reads: number } & Pick<
  typeof globalThis,
  "setTimeout" | "clearTimeout"
> {
  return {
    time: 1000,
    reads: 0,
    now() {
      this.reads++;
      return this.time;
    },
    setTimeout,
    clearTimeout,
  };
}

/** A timer is worth it when the time is wanted so often. */
const OFTEN = 8;

/** The time is wanted so often that the next time is worth a timer. */
function nearlyOften(stamps: CoarseClock): void {
  for (let i = 1; i < OFTEN; i++) stamps.now();
}

describe("time stamps", () => {
  it("the time is read a hundred times a second, however much goes on", () => {
    const { intervals, tick, timers } = standIn();
    const clock = counted();
    const ticking = { tick: NO_TICK, stoodStill: () => undefined };
    const stamps = new CoarseClock(clock, false, (fn, ...args) => fn(...args), ticking, timers);
    const thing = { since: 0, tick: -2 };
    const ticks = new Set<number>([ticking.tick]);
    for (let round = 0; round < 100; round++) {
      for (let i = 0; i < 10; i++) {
        expect(stamps.now()).to.equal(clock.time);
        if (thing.tick !== ticking.tick) stamps.stamp(thing);
        expect(thing.since).to.equal(clock.time);
      }
      ticks.add(thing.tick);
      clock.time += 10;
      tick();
    }
    expect(intervals.map(({ ms, keepsAlive }) => ({ ms, keepsAlive }))).to.deep.equal([{ ms: 10, keepsAlive: false }]);
    expect(clock.reads).to.equal(100 + OFTEN);
    // Each time has a tick of its own, and none is that of rest.
    expect(ticks.size).to.equal(101);
    expect(stamps.slackMs).to.equal(10);
  });

  it("as long as little goes on each is exact, and there is no timer", () => {
    const { intervals, timers } = standIn();
    const clock = counted();
    const ticking = { tick: NO_TICK, stoodStill: () => undefined };
    const stamps = new CoarseClock(clock, false, (fn, ...args) => fn(...args), ticking, timers);
    const thing = { since: 0, tick: -2 };
    for (let i = 0; i < 100; i++) {
      clock.time += 1.5;
      stamps.stamp(thing);
      expect(thing.since).to.equal(clock.time);
      expect(thing.tick).not.to.equal(ticking.tick);
    }
    expect(intervals).to.deep.equal([]);
    nearlyOften(stamps);
    stamps.stamp(thing);
    expect(intervals.length).to.equal(1);
    expect(thing).to.deep.equal({ since: clock.time, tick: ticking.tick });
  });

  it("when nothing goes on the timer stops, and what comes then has the time of then", () => {
    const { intervals, tick, timers } = standIn();
    const clock = counted();
    const ticking = { tick: NO_TICK, stoodStill: () => undefined };
    const stamps = new CoarseClock(clock, false, (fn, ...args) => fn(...args), ticking, timers);
    const thing = { since: 0, tick: -2 };
    nearlyOften(stamps);
    stamps.stamp(thing);
    const { tick: at } = thing;
    tick();
    expect(intervals.length).to.equal(1);
    tick();
    expect(intervals).to.deep.equal([]);
    clock.time = 5000;
    expect(ticking.tick).not.to.equal(at);
    nearlyOften(stamps);
    stamps.stamp(thing);
    expect(thing.since).to.equal(5000);
    expect(thing.tick).not.to.equal(at);
    expect(intervals.length).to.equal(1);
    expect(stamps.now()).to.equal(5000);
  });

  it("when the event loop stood still, it is said which stamps are older than what they are on (law 14)", () => {
    const { tick, timers } = standIn();
    const clock = counted();
    const told: unknown[] = [];
    const ticking = { tick: NO_TICK, stoodStill: (...what: unknown[]) => void told.push(what) };
    const stamps = new CoarseClock(clock, false, (fn, ...args) => fn(...args), ticking, timers);
    const thing = { since: 0, tick: -2 };
    nearlyOften(stamps);
    stamps.stamp(thing);
    clock.time += 100;
    tick();
    expect(told).to.deep.equal([]);
    stamps.stamp(thing);
    clock.time += 101;
    tick();
    expect(told).to.deep.equal([[thing.tick, clock.time]]);
  });

  it("exact ones are read each time, without a timer", () => {
    const { intervals, timers } = standIn();
    const clock = counted();
    const ticking = { tick: NO_TICK, stoodStill: () => undefined };
    const stamps = new CoarseClock(clock, true, (fn, ...args) => fn(...args), ticking, timers);
    const thing = { since: 0, tick: -2 };
    stamps.stamp(thing);
    clock.time += 0.25;
    expect(stamps.now()).to.equal(1000.25);
    expect(thing.tick).not.to.equal(ticking.tick);
    stamps.stamp(thing);
    expect(thing.since).to.equal(1000.25);
    expect(stamps.slackMs).to.equal(0);
    expect(intervals).to.deep.equal([]);
  });
});

describe("the system's clock", () => {
  for (const [name, options, timed] of [
    ["no limit", {}, 0],
    ["a long idleTimeoutMs", { idleTimeoutMs: 10_000 }, 0],
    ["a short idleTimeoutMs", { idleTimeoutMs: 9999 }, 5],
    ["leaseWarnMs", { leaseWarnMs: 60_000 }, 5],
    ["maxLeaseMs", { maxLeaseMs: 60_000 }, 5],
    ["a clock of one's own", { clock: { now: () => performance.now(), setTimeout, clearTimeout } }, 5],
  ] as const) {
    it(`with ${name}, many uses are timed ${timed === 0 ? "to a hundredth of a second" : "exactly"}`, async () => {
      const { now } = performance;
      const at = performance.now();
      let passed = 0;
      performance.now = () => at + passed;
      try {
        const pool = new Pool({ create: (n) => new Thing(n), maxSize: 1, ...options });
        for (let i = 0; i < OFTEN; i++) void pool.tryAcquire()!.release();
        const lease = pool.tryAcquire();
        passed = 5;
        void lease?.release();
        expect(pool.stats().useTime.totalMs).to.be.closeTo(timed, 0.01);
        await pool.close();
      } finally {
        performance.now = now;
      }
    });
  }

  it("says milliseconds since 1970, so that stats() can be compared with other records", async () => {
    const pool = new Pool({ create: (n) => new Thing(n), maxSize: 1 });
    expect(pool.stats().now).to.be.closeTo(Date.now(), 60_000);
    await pool.close();
  });

  it("a timer that is not needed any more does not hold the process (law 12)", async () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    await turn(); // Mocha sets its own.
    const before = timers();
    const pool = new Pool({ create: (n) => new Thing(n), maxSize: 1 });
    const lease = await pool.acquire();
    const waiting = [pool.acquire({ timeoutMs: 60_000 }), pool.acquire({ timeoutMs: 50_000 })];
    expect(timers()).to.equal(before + 1);
    await lease.release();
    for (const next of waiting) await (await next).release();
    await turn();
    expect(timers()).to.equal(before);
    await pool.close();
  });
});
