import type { Clock } from "inversify-scopes/pool";

import { turn } from "./gate.js";

class Timer {
  kept = true;
  constructor(
    readonly at: number,
    readonly order: number,
    readonly callback: () => void,
  ) {}
  ref(): void {
    this.kept = true;
  }
  unref(): void {
    this.kept = false;
  }
}

/** A clock that stands still until a test moves it. Timers fire in order, with all promises settled in between. */
export class VirtualClock implements Clock {
  time = 0;
  #count = 0;
  readonly #timers = new Set<Timer>();

  now(): number {
    return this.time;
  }

  setTimeout(callback: () => void, ms: number): Timer {
    const timer = new Timer(this.time + ms, this.#count++, callback);
    this.#timers.add(timer);
    return timer;
  }

  clearTimeout(timer: Timer): void {
    this.#timers.delete(timer);
  }

  random(): number {
    return 0.5;
  }

  /** Timers that are set. */
  get timers(): number {
    return this.#timers.size;
  }

  /** Timers that would keep the process alive. */
  get keptTimers(): number {
    return [...this.#timers].filter((timer) => timer.kept).length;
  }

  /** Moves the time by so many milliseconds, firing what is due on the way. */
  async advance(ms: number): Promise<void> {
    const until = this.time + ms;
    await turn();
    for (let next = this.#next(); next !== undefined && next.at <= until; next = this.#next()) {
      this.time = Math.max(this.time, next.at);
      this.#timers.delete(next);
      next.callback();
      await turn();
    }
    this.time = until;
  }

  /** Moves the time and fires what is due, all in this very moment: no promise settles in between. */
  fireNow(ms: number): void {
    const until = this.time + ms;
    for (let next = this.#next(); next !== undefined && next.at <= until; next = this.#next()) {
      this.time = Math.max(this.time, next.at);
      this.#timers.delete(next);
      next.callback();
    }
    this.time = until;
  }

  #next(): Timer | undefined {
    let found: Timer | undefined;
    for (const timer of this.#timers) {
      if (found === undefined || timer.at < found.at || (timer.at === found.at && timer.order < found.order)) {
        found = timer;
      }
    }
    return found;
  }
}
