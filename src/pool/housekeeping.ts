import type { Ledger } from "./ledger.js";
import { CHECKING, type DestroyReason, type Handle, type Slot } from "./slot.js";
import { Task, type Deadline, type Deadlines } from "./time/deadlines.js";
import type { Tools } from "./tools.js";

/** How many idle instances are checked at the same time: the others can be lent meanwhile. */
const CHECKS_AT_ONCE = 4;

/** What housekeeping asks of the pool. */
export interface HousekeepingPort<T> {
  /** An instance is too old: it goes now if it is idle, else when it comes back. */
  retire(slot: Slot<T>, reason: DestroyReason): void;
  destroy(slot: Slot<T>, reason: DestroyReason): void;
  /** An instance is fit to be lent. */
  available(handle: Handle<T>): void;
}

/**
 * What time does to instances: idle ones go, old ones go, idle ones are checked. Each is a deadline, so the work grows with
 * what is due, not with the pool.
 */
export class Housekeeping<T> {
  readonly #sweep: Task;
  /** Due to be checked, when fewer are. */
  readonly #due = new Set<Slot<T>>();
  #checking = 0;
  readonly #deadlines: Deadlines;
  readonly #ledger: Ledger<T>;
  readonly #tools: Tools<T>;
  readonly #port: HousekeepingPort<T>;

  constructor(ledger: Ledger<T>, tools: Tools<T>, port: HousekeepingPort<T>) {
    this.#ledger = ledger;
    this.#tools = tools;
    this.#port = port;
    this.#deadlines = tools.timers.housekeeping;
    this.#sweep = new Task((now) => this.#sweepIdle(now));
  }

  /** A new instance: its age counts, and it is to be checked from time to time. */
  born(slot: Slot<T>, now: number): void {
    slot.aging = { age: this.#ageFrom(slot, now), check: this.#checksOf(slot, now) };
  }

  /** It is going to be destroyed. The caller has checked that it is aging. */
  forget(slot: Slot<T>): void {
    const { age, check } = slot.aging!;
    if (age !== undefined) this.#deadlines.remove(age);
    if (check !== undefined) this.#deadlines.remove(check);
    slot.aging = undefined;
    this.#due.delete(slot);
  }

  /** Plans the next sweep: for when the one that is unused longest will have been idle for too long. */
  planSweep(): void {
    const { idle, coarseClock, settings, size, wanted } = this.#ledger;
    if (!this.#ledger.sweepPending || size <= wanted) return;
    const oldest = idle.oldest();
    if (oldest === undefined) return;
    this.#ledger.sweepPending = false;
    this.#deadlines.add(this.#sweep, oldest.slot.since + coarseClock.slackMs, settings.idleTimeoutMs);
  }

  #sweepIdle(now: number): void {
    const { idle, coarseClock, settings } = this.#ledger;
    const { idleTimeoutMs } = settings;
    this.#ledger.sweepPending = true;
    for (let oldest = idle.oldest(); oldest !== undefined; oldest = idle.oldest()) {
      const { slot } = oldest;
      if (this.#ledger.size <= this.#ledger.wanted || slot.since + idleTimeoutMs + coarseClock.slackMs > now) break;
      idle.remove(slot);
      this.#port.destroy(slot, "idle");
    }
    this.planSweep();
  }

  #ageFrom(slot: Slot<T>, now: number): Deadline | undefined {
    const { clock, settings } = this.#ledger;
    const { maxAgeMs, maxAgeJitter } = settings;
    if (maxAgeMs === Infinity) return undefined;
    const age = new Task(() => this.#port.retire(slot, "maxAge"));
    this.#deadlines.addAt(age, now + maxAgeMs * (1 - maxAgeJitter * (clock.random ?? Math.random)()));
    return age;
  }

  #checksOf(slot: Slot<T>, now: number): Deadline | undefined {
    const { checkOn, healthCheckIntervalMs } = this.#ledger.settings;
    if (!checkOn.has("idle")) return undefined;
    const check = new Task(() => this.#checkDue(slot));
    this.#deadlines.add(check, now, healthCheckIntervalMs);
    return check;
  }

  #checkDue(slot: Slot<T>): void {
    if (this.#ledger.idle.has(slot)) {
      if (this.#checking >= CHECKS_AT_ONCE) this.#due.add(slot);
      else this.#check(slot);
    } else {
      this.#checkAgain(slot);
    }
  }

  #checkAgain(slot: Slot<T>): void {
    const { clock, settings } = this.#ledger;
    this.#deadlines.add(slot.aging!.check!, clock.now(), settings.healthCheckIntervalMs);
  }

  #check(slot: Slot<T>): void {
    const { idle, queue } = this.#ledger;
    const handle = idle.remove(slot);
    this.#ledger.move(slot, CHECKING);
    this.#checking++;
    this.#tools.calls.check(slot, false, (unhealthy) => {
      this.#checking--;
      if (unhealthy) {
        this.#port.destroy(slot, "unhealthy");
      } else {
        this.#checkAgain(slot);
        if (queue.length > 0 || this.#ledger.unfit(slot) !== undefined) {
          this.#port.available(handle);
        } else {
          this.#ledger.putBack(handle);
          this.planSweep();
        }
      }
      this.#checkNext();
    });
  }

  /** Some of those that are due may be lent by now. */
  #checkNext(): void {
    for (const slot of this.#due) {
      if (this.#checking >= CHECKS_AT_ONCE) return;
      this.#due.delete(slot);
      this.#checkDue(slot);
    }
  }
}
