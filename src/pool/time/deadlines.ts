import { setImmediate } from "node:timers";
import type { InContext } from "../../base/async-frame.js";
import { isLate, LONGEST_TIMER_MS } from "../../base/time-limit.js";
import { Heap } from "./heap.js";
import type { Clock } from "./clock.js";

/** More different durations than this share a heap. */
const MAX_LANES = 8;

/** Something that happens at a time unless it is taken out before. */
export abstract class Deadline {
  at = Infinity;
  /** @internal */ lane: Lane | undefined = undefined;
  /** @internal */ heapIndex = -1;
  /** @internal */ earlier: Deadline | undefined = undefined;
  /** @internal */ later: Deadline | undefined = undefined;

  get scheduled(): boolean {
    return this.lane !== undefined || this.heapIndex >= 0;
  }

  abstract expire(now: number): void;
}

/** A function to be called at a time. */
export class Task extends Deadline {
  readonly #run: (now: number) => void;

  constructor(run: (now: number) => void) {
    super();
    this.#run = run;
  }

  override expire(now: number): void {
    this.#run(now);
  }
}

/** Deadlines of one duration: added at the end, they are in order by themselves. */
class Lane {
  first: Deadline | undefined = undefined;
  last: Deadline | undefined = undefined;
  constructor(readonly durationMs: number) {}
}

/**
 * Any number of deadlines on one timer. Adding and removing are O(1) while there are few different durations, as there
 * are; a deadline of yet another duration goes into a heap.
 *
 * The timer is left alone when the deadline that it was set for goes: it then fires for nothing, once, which is cheaper
 * than setting it anew each time.
 *
 * A late timer is no verdict. Where the event loop stood still, timers come before the input that arrived meanwhile; so if the
 * timer fires late the loop first turns once, and what is still there then expires.
 */
export class Deadlines {
  size = 0;
  /** How often the timer fired, and for how many milliseconds it kept the program busy. */
  rounds = 0;
  busyMs = 0;
  lastRoundAt = -Infinity;
  readonly #lanes: Lane[] = [];
  /** Most pools never need it. */
  #heap: Heap<Deadline> | undefined;
  #timer: unknown;
  #armedFor = Infinity;
  /** When the timer fires if it is in time. */
  #expectedAt = Infinity;
  #keepsAlive: boolean;
  #stopped = false;
  readonly #clock: Clock;
  readonly #inPool: InContext;

  /** @param keepsAlive whether the process should wait for these deadlines */
  constructor(clock: Clock, inPool: InContext, keepsAlive: boolean) {
    this.#clock = clock;
    this.#inPool = inPool;
    this.#keepsAlive = keepsAlive;
  }

  /** For a duration that many others share. */
  add(deadline: Deadline, now: number, durationMs: number): void {
    if (durationMs === Infinity || this.#stopped) return;
    const at = now + durationMs;
    deadline.at = at;
    const lane = this.#lane(durationMs);
    const last = lane?.last;
    if (lane === undefined || (last !== undefined && last.at > at)) {
      (this.#heap ??= new Heap()).push(deadline);
    } else {
      deadline.lane = lane;
      deadline.earlier = last;
      if (last === undefined) lane.first = deadline;
      else last.later = deadline;
      lane.last = deadline;
    }
    this.#added(at);
  }

  /** For a moment of its own. */
  addAt(deadline: Deadline, at: number): void {
    if (at === Infinity || this.#stopped) return;
    deadline.at = at;
    (this.#heap ??= new Heap()).push(deadline);
    this.#added(at);
  }

  remove(deadline: Deadline): void {
    if (!deadline.scheduled) return;
    const { lane, earlier, later } = deadline;
    if (lane === undefined) {
      this.#heap!.remove(deadline);
    } else {
      if (earlier === undefined) lane.first = later;
      else earlier.later = later;
      if (later === undefined) lane.last = earlier;
      else later.earlier = earlier;
      deadline.lane = deadline.earlier = deadline.later = undefined;
    }
    if (--this.size === 0) this.#rest();
  }

  /** Whether the process should wait for these deadlines from now on. */
  keepAlive(keep: boolean): void {
    if (this.#keepsAlive === keep) return;
    this.#keepsAlive = keep;
    this.#reference();
  }

  /** Takes no more, forgets all: it may happen in the middle of a round. */
  stop(): void {
    this.#stopped = true;
    for (let next = this.#earliest(); next !== undefined; next = this.#earliest()) this.remove(next);
    this.#disarm();
  }

  #added(at: number): void {
    if (++this.size === 1) this.#reference();
    if (at < this.#armedFor) this.#arm(at, false);
  }

  #lane(durationMs: number): Lane | undefined {
    const lanes = this.#lanes;
    for (let i = 0; i < lanes.length; i++) {
      const lane = lanes[i] as Lane;
      if (lane.durationMs === durationMs) return lane;
    }
    if (lanes.length < MAX_LANES) {
      const lane = new Lane(durationMs);
      lanes.push(lane);
      return lane;
    }
    for (const [i, lane] of lanes.entries()) if (lane.first === undefined) return (lanes[i] = new Lane(durationMs));
    return undefined;
  }

  #earliest(): Deadline | undefined {
    let found = this.#heap?.top();
    for (const { first } of this.#lanes) {
      if (first !== undefined && (found === undefined || first.at < found.at)) found = first;
    }
    return found;
  }

  /** @param wasAwaited it may have become due long ago; else being late counts from now */
  #arm(at: number, wasAwaited: boolean): void {
    this.#disarm();
    const now = this.#clock.now();
    this.#armedFor = at;
    this.#expectedAt = wasAwaited ? at : Math.max(at, now);
    const ms = Math.min(Math.max(Math.ceil(at - now), 0), LONGEST_TIMER_MS);
    this.#timer = this.#inPool(() => this.#clock.setTimeout(() => this.#fire(), ms));
    this.#reference();
  }

  #disarm(): void {
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#armedFor = Infinity;
  }

  /** Nothing left to wait for: let the process end, and keep the timer if it can be told so. */
  #rest(): void {
    if (!this.#reference()) this.#disarm();
  }

  #reference(): boolean {
    const timer = this.#timer;
    if (typeof timer !== "object" || timer === null || !("unref" in timer) || !("ref" in timer)) return false;
    const { ref, unref } = timer as { ref: () => void; unref: () => void };
    (this.#keepsAlive && this.size > 0 ? ref : unref).call(timer);
    return true;
  }

  #fire(): void {
    this.#timer = undefined;
    this.#armedFor = Infinity;
    if (this.size === 0) return;
    const now = this.#clock.now();
    if (!isLate(this.#expectedAt, now)) return this.#round(now, now);
    // What is added meanwhile waits for that, too. The turn keeps the process alive: without that it might not come.
    this.#armedFor = -Infinity;
    this.#inPool(() => setImmediate(() => this.#round(now, this.#clock.now())));
  }

  /** @param until what became due later has not had its turn of the event loop */
  #round(until: number, now: number): void {
    this.rounds++;
    this.lastRoundAt = now;
    // Until all due ones are done, what is added meanwhile must not set the timer.
    this.#armedFor = -Infinity;
    try {
      for (let next = this.#earliest(); next !== undefined && next.at <= until; next = this.#earliest()) {
        this.remove(next);
        next.expire(now);
      }
    } finally {
      this.#armedFor = Infinity;
      this.busyMs += this.#clock.now() - now;
      const next = this.#earliest();
      if (next !== undefined) this.#arm(next.at, true);
    }
  }
}
