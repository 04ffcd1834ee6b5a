import { oneLine } from "../base/one-line.js";
import { call } from "./calls.js";
import type { Core } from "./core.js";
import { Deadlines, Task } from "./deadlines.js";
import { leakChannel } from "./diagnostics.js";
import { CHECKING, IDLE, type Entry } from "./entry.js";
import { holderOf } from "./messages.js";

/** So many idle instances are checked at the same time: the others stay to be lent. */
const CHECKS_AT_ONCE = 4;

/**
 * What time does to instances: idle ones go, old ones go, idle ones are checked, leases that last too long are warned about
 * and taken back. Each is a deadline, so the work grows with what is due, not with the pool.
 */
export class Upkeep<T> {
  readonly watchesLeases: boolean;
  readonly deadlines: Deadlines;
  readonly #core: Core<T>;
  readonly #sweep: Task;
  /** Due to be checked, when fewer are. */
  readonly #due = new Set<Entry<T>>();
  #checking = 0;

  constructor(core: Core<T>) {
    const { idleTimeoutMs, leaseWarnMs, maxLeaseMs, housekeepingIntervalMs } = core.settings;
    this.#core = core;
    core.sweepless = idleTimeoutMs !== Infinity;
    this.watchesLeases = leaseWarnMs !== Infinity || maxLeaseMs !== Infinity;
    this.deadlines = new Deadlines(core.clock, core.inPool, false, housekeepingIntervalMs);
    this.#sweep = new Task((now) => this.#sweepIdle(now));
    if (leaseWarnMs !== Infinity && leaseWarnMs >= maxLeaseMs) {
      core.reporter.warn(
        "POOL_OPTIONS",
        `leaseWarnMs, ${leaseWarnMs} ms, is not less than maxLeaseMs, ${maxLeaseMs} ms: leases are taken back unwarned`,
      );
    }
  }

  /** A new instance: its age counts, and it is to be checked from time to time. */
  born(entry: Entry<T>, now: number): void {
    const core = this.#core;
    const { maxAgeMs, maxAgeJitter, healthCheckIntervalMs, checkOn } = core.settings;
    if (maxAgeMs !== Infinity) {
      const random = (core.clock.random ?? Math.random)();
      entry.age = new Task(() => core.returning.retire(entry, "aged"));
      this.deadlines.addAt(entry.age, now + maxAgeMs * (1 - maxAgeJitter * random));
    }
    if (checkOn.has("idle")) {
      entry.check = new Task(() => this.#checkDue(entry));
      this.deadlines.add(entry.check, now, healthCheckIntervalMs);
    }
    this.planSweep();
  }

  /** It is going to be destroyed. */
  forget(entry: Entry<T>): void {
    if (entry.age !== undefined) this.deadlines.remove(entry.age);
    if (entry.check !== undefined) this.deadlines.remove(entry.check);
    entry.age = entry.check = undefined;
    this.#due.delete(entry);
  }

  /** Looks after the idle ones when the first of them will have been so for too long. */
  planSweep(): void {
    const core = this.#core;
    if (!core.sweepless || core.size <= core.settings.minSize) return;
    const oldest = core.idle.oldest();
    if (oldest === undefined) return;
    core.sweepless = false;
    this.deadlines.add(this.#sweep, oldest.entry.since + core.stamps.slackMs, core.settings.idleTimeoutMs);
  }

  /** A lease begins that may last too long. */
  watch(entry: Entry<T>): void {
    if (!this.watchesLeases) return;
    const { leaseWarnMs, maxLeaseMs } = this.#core.settings;
    entry.watch ??= new Task((now) => this.#leaseDue(entry, now));
    this.deadlines.add(entry.watch, entry.since, Math.min(leaseWarnMs, maxLeaseMs));
  }

  unwatch(entry: Entry<T>): void {
    if (entry.watch !== undefined) this.deadlines.remove(entry.watch);
  }

  /** Runs the health check. @returns whether it ended within this call */
  check(entry: Entry<T>, awaited: boolean, done: (ill: boolean) => void): boolean {
    const core = this.#core;
    const { healthCheck, checkTimeoutMs } = core.settings;
    core.figures.checks++;
    return call<unknown>(core, {
      run: () => healthCheck!(entry.value as T),
      limitMs: checkTimeoutMs,
      awaited,
      done: (outcome) => {
        const ill = !outcome.ok || outcome.value === false;
        if (ill) core.figures.checkFailures++;
        done(ill);
      },
    });
  }

  stop(): void {
    this.deadlines.stop();
  }

  #sweepIdle(now: number): void {
    const core = this.#core;
    const { idleTimeoutMs, minSize } = core.settings;
    core.sweepless = true;
    for (let oldest = core.idle.oldest(); oldest !== undefined; oldest = core.idle.oldest()) {
      if (core.size <= minSize || oldest.entry.since + idleTimeoutMs + core.stamps.slackMs > now) break;
      core.idle.remove(oldest.entry);
      core.destruction.destroy(oldest.entry, "idle");
    }
    this.planSweep();
  }

  #checkDue(entry: Entry<T>): void {
    if (this.#core.idle.has(entry)) {
      if (this.#checking >= CHECKS_AT_ONCE) this.#due.add(entry);
      else this.#checkIdle(entry);
    } else {
      this.#checkAgain(entry);
    }
  }

  #checkAgain(entry: Entry<T>): void {
    const core = this.#core;
    this.deadlines.add(entry.check!, core.clock.now(), core.settings.healthCheckIntervalMs);
  }

  #checkIdle(entry: Entry<T>): void {
    const core = this.#core;
    const { idle } = core;
    const handle = idle.remove(entry);
    core.place(entry, CHECKING);
    this.#checking++;
    this.check(entry, false, (ill) => {
      this.#checking--;
      if (ill) {
        core.destruction.destroy(entry, "ill");
      } else {
        this.#checkAgain(entry);
        core.place(entry, IDLE);
        if (core.queue.length > 0 || core.unfit(entry) !== undefined || core.total?.claims(core) === true) {
          core.available(handle);
        } else {
          idle.putBack(handle);
          core.total?.idles(core);
          this.planSweep();
        }
      }
      this.#checkNext();
    });
  }

  /** Some of those that are due may be lent by now. */
  #checkNext(): void {
    for (const entry of this.#due) {
      if (this.#checking >= CHECKS_AT_ONCE) return;
      this.#due.delete(entry);
      this.#checkDue(entry);
    }
  }

  #leaseDue(entry: Entry<T>, now: number): void {
    const core = this.#core;
    const { leaseWarnMs, maxLeaseMs } = core.settings;
    const heldMs = now - entry.since;
    if (heldMs >= maxLeaseMs) {
      const error = core.returning.takeBack(entry, `maxLeaseMs is ${maxLeaseMs} ms`);
      if (error === undefined) return;
      core.reporter.warn("POOL_LEASE_TAKEN_BACK", error.message.slice(oneLine(core.label).length + 2), {
        n: entry.n,
        holders: error.holders,
      });
      return;
    }
    entry.warned = true;
    core.figures.longLeases++;
    // First of all, since whoever is told may end the lease, or take the next.
    this.deadlines.addAt(entry.watch!, entry.since + maxLeaseMs);
    const holder = holderOf(entry, now);
    if (leakChannel.hasSubscribers) leakChannel.publish({ pool: core.label, n: entry.n, what: "held-long", holder });
    core.reporter.warn(
      "POOL_LEASE_LONG",
      `${oneLine(holder.holder)} holds a lease for ${holder.heldMs} ms, longer than leaseWarnMs, ${leaseWarnMs} ms` +
        (holder.takenAt === undefined ? "" : `; it was taken\n${holder.takenAt}`),
      { n: entry.n, holder },
    );
  }
}
