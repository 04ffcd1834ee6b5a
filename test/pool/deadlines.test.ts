import { expect } from "chai";
import fc from "fast-check";

import { Deadlines, Task } from "../../src/pool/time/deadlines.js";
import { VirtualClock } from "../support/clock.js";

const inPool = <R, A extends unknown[]>(fn: (...args: A) => R, ...args: A): R => fn(...args);

describe("deadlines on one timer", () => {
  it("fire at their time, in order, whatever is added and removed meanwhile (test_sched)", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.oneof(
            { weight: 4, arbitrary: fc.record({ add: fc.constantFrom(10, 25, 60) }) },
            fc.record({ add: fc.constantFrom(1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 7, 11, 50, 60) }),
            fc.record({ at: fc.integer({ min: 0, max: 300 }) }),
            fc.record({ remove: fc.nat() }),
            fc.record({ advance: fc.integer({ min: 0, max: 40 }) }),
          ),
          { maxLength: 60 },
        ),
        async (steps) => {
          const clock = new VirtualClock();
          const deadlines = new Deadlines(clock, inPool, true);
          const all: { readonly task: Task; readonly at: number; fired: number | undefined; removed: boolean }[] = [];
          const add = (at: number, schedule: (task: Task) => void): void => {
            const entry = {
              task: new Task((now) => {
                entry.fired = now;
              }),
              at,
              fired: undefined as number | undefined,
              removed: false,
            };
            all.push(entry);
            schedule(entry.task);
          };
          for (const step of steps) {
            if ("add" in step) {
              add(clock.time + step.add, (task) => deadlines.add(task, clock.time, step.add));
            } else if ("at" in step) {
              add(clock.time + step.at, (task) => deadlines.addAt(task, clock.time + step.at));
            } else if ("remove" in step) {
              const entry = all[step.remove % Math.max(1, all.length)];
              if (entry !== undefined && entry.fired === undefined) {
                entry.removed = true;
                deadlines.remove(entry.task);
              }
            } else {
              await clock.advance(step.advance);
            }
            const due = all.filter(({ removed, at }) => !removed && at <= clock.time);
            for (const { fired, at } of due) if (at < clock.time) expect(fired).to.equal(at);
            expect(deadlines.size).to.equal(all.filter(({ fired, removed }) => fired === undefined && !removed).length);
            expect(clock.timers).to.be.at.most(1);
            if (deadlines.size > 0) expect(clock.keptTimers).to.equal(1);
            else expect(clock.keptTimers).to.equal(0);
          }
          await clock.advance(1000);
          for (const { fired, removed, at } of all) expect(fired).to.equal(removed ? undefined : at);
          expect(clock.keptTimers).to.equal(0);
        },
      ),
      { numRuns: 500 },
    );
  });

  it("nothing to wait for, no timer; with a clock that can't unref too (test_empty_queue_timeout)", async () => {
    const clock = new VirtualClock();
    const plain = {
      now: () => clock.now(),
      setTimeout: (callback: () => void, ms: number): number => {
        const timer = clock.setTimeout(callback, ms);
        timers.push(timer);
        return timers.length - 1;
      },
      clearTimeout: (handle: number) => clock.clearTimeout(timers[handle] as ReturnType<VirtualClock["setTimeout"]>),
    };
    const timers: ReturnType<VirtualClock["setTimeout"]>[] = [];
    const deadlines = new Deadlines(plain, inPool, true);
    const task = new Task(() => undefined);
    deadlines.add(task, 0, 10);
    expect(clock.timers).to.equal(1);
    deadlines.remove(task);
    deadlines.remove(task);
    expect(clock.timers).to.equal(0);
    deadlines.add(task, 0, 10);
    deadlines.stop();
    expect(clock.timers).to.equal(0);
    deadlines.add(task, 0, 10);
    deadlines.addAt(task, 5);
    expect(clock.timers).to.equal(0);
  });

  it("one that is due earlier moves the timer, one that is due later does not (test_first_task_rescheduling)", () => {
    const clock = new VirtualClock();
    let set = 0;
    const deadlines = new Deadlines(
      {
        now: () => clock.now(),
        setTimeout: (callback, ms) => (set++, clock.setTimeout(callback, ms)),
        clearTimeout: (timer) => clock.clearTimeout(timer as ReturnType<VirtualClock["setTimeout"]>),
      },
      inPool,
      true,
    );
    deadlines.add(new Task(() => undefined), 0, 100);
    for (let i = 0; i < 50; i++) deadlines.add(new Task(() => undefined), 0, 100 + i);
    expect(set).to.equal(1);
    deadlines.add(new Task(() => undefined), 0, 50);
    expect(set).to.equal(2);
  });

  it("whether it keeps the process alive can be changed, and an empty one never does", () => {
    const clock = new VirtualClock();
    const deadlines = new Deadlines(clock, inPool, false);
    const task = new Task(() => undefined);
    deadlines.add(task, 0, 100);
    expect(clock.keptTimers).to.equal(0);
    deadlines.keepAlive(true);
    expect(clock.keptTimers).to.equal(1);
    deadlines.remove(task);
    expect(clock.keptTimers).to.equal(0);
    deadlines.add(task, 0, 200);
    expect(clock.keptTimers).to.equal(1);
    deadlines.keepAlive(false);
    expect(clock.keptTimers).to.equal(0);
  });

  it("what fires may add and remove others, and none is lost", async () => {
    const clock = new VirtualClock();
    const deadlines = new Deadlines(clock, inPool, true);
    const fired: string[] = [];
    const later = new Task(() => fired.push(`later ${clock.time}`));
    const removed = new Task(() => fired.push("removed"));
    deadlines.add(
      new Task((now) => {
        fired.push(`first ${now}`);
        deadlines.remove(removed);
        deadlines.add(later, now, 5);
        deadlines.add(new Task(() => fired.push(`at once ${clock.time}`)), now, 0);
      }),
      0,
      10,
    );
    deadlines.add(removed, 0, 10);
    await clock.advance(100);
    expect(fired).to.deep.equal(["first 10", "at once 10", "later 15"]);
  });
});
