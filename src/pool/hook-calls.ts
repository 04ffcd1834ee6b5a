import type { ScopeError } from "../base/errors.js";
import { isThenable } from "../base/is-thenable.js";
import { tookTooLong, type Timed } from "./errors.js";
import type { Ledger } from "./ledger.js";
import type { Slot } from "./slot.js";
import { Deadline, type Deadlines } from "./time/deadlines.js";
import type { Timers } from "./time/timers.js";
import type { Warnings } from "./warnings.js";

/** How a call of user code ended. */
export type Outcome<R> =
  | { readonly ok: true; readonly value: R }
  | { readonly ok: false; readonly error: unknown; readonly timedOut?: boolean };

/** What {@link HookCalls.call} needs to know. */
export interface CallPlan<R> {
  readonly run: () => R | PromiseLike<R>;
  /** How long it may take. */
  readonly limitMs: number;
  /** What the error of its time-out calls it; nothing if that error is shown nowhere. */
  readonly name?: Timed;
  /** Whether somebody waits for it, so that the process should. */
  readonly awaited: boolean;
  /** Called at the time-out, with its error. */
  readonly expired?: (error: ScopeError) => void;
  /** Called once: before `call` returns if the user code was synchronous. */
  readonly done: (outcome: Outcome<R>) => void;
  /** Called if it ends after its time-out all the same. */
  readonly late?: (outcome: Outcome<R>) => void;
}

/** What limits the calls, and what is told of those that fail. */
interface Means {
  readonly timers: Timers;
  readonly warnings: Warnings;
}

/**
 * Calls user code in the pool's async context. A synchronous throw equals a rejection, a synchronous result stays
 * synchronous, and a promise has a time limit.
 */
export class HookCalls<T> {
  readonly #ledger: Ledger<T>;
  readonly #means: Means;

  constructor(ledger: Ledger<T>, means: Means) {
    this.#ledger = ledger;
    this.#means = means;
  }

  /** @returns whether it ended within this call */
  call<R>(plan: CallPlan<R>): boolean {
    let outcome: Outcome<R> | undefined;
    try {
      outcome = this.#ledger.inPool(run, this, plan as CallPlan<unknown>) as Outcome<R> | undefined;
    } catch (error) {
      // The stack is full, and what is done next needs some.
      void Promise.resolve().then(() => plan.done({ ok: false, error }));
      return false;
    }
    if (outcome === undefined) return false;
    plan.done(outcome);
    return true;
  }

  /** Runs the health check. @returns whether it ended within this call */
  check(slot: Slot<T>, awaited: boolean, done: (unhealthy: boolean) => void): boolean {
    const { settings, figures } = this.#ledger;
    const { healthCheck, checkTimeoutMs } = settings;
    figures.checks++;
    return this.call<unknown>({
      run: () => healthCheck!(slot.value as T),
      limitMs: checkTimeoutMs,
      awaited,
      done: (outcome) => {
        const unhealthy = !outcome.ok || outcome.value === false;
        if (unhealthy) figures.checkFailures++;
        done(unhealthy);
      },
    });
  }

  /** `onAcquire` or `onRelease` failed. */
  failed(hook: "onAcquire" | "onRelease", error: unknown): void {
    this.#ledger.figures.hookFailures++;
    this.#means.warnings.hookFailed(hook, error);
  }

  /** @internal */
  follow(promise: PromiseLike<unknown>, plan: CallPlan<unknown>): void {
    const { timers } = this.#means;
    const call = new PendingHook(this.#ledger, plan.awaited ? timers.pending : timers.background, plan);
    try {
      // A foreign thenable may settle twice, or throw: only a native promise is followed.
      Promise.resolve(promise).then(
        (value) => call.end({ ok: true, value }),
        (error: unknown) => call.end({ ok: false, error }),
      );
    } catch (error) {
      // One with a `then` or a `constructor` of its own may throw all the same.
      call.forget();
      throw error;
    }
  }
}

/** @returns nothing if it goes on */
function run<T>(calls: HookCalls<T>, plan: CallPlan<unknown>): Outcome<unknown> | undefined {
  try {
    const value = plan.run();
    if (!isThenable(value)) return { ok: true, value };
    calls.follow(value, plan);
    return undefined;
  } catch (error) {
    return { ok: false, error };
  }
}

/** A call under way. */
class PendingHook<T> extends Deadline {
  /** Its time is up. */
  #expired = false;
  readonly #ledger: Ledger<T>;
  readonly #deadlines: Deadlines;
  readonly #plan: CallPlan<unknown>;

  constructor(ledger: Ledger<T>, deadlines: Deadlines, plan: CallPlan<unknown>) {
    super();
    this.#ledger = ledger;
    this.#deadlines = deadlines;
    this.#plan = plan;
    deadlines.add(this, ledger.clock.now(), plan.limitMs);
  }

  /** It ended in its call. */
  forget(): void {
    this.#deadlines.remove(this);
  }

  end(outcome: Outcome<unknown>): void {
    if (this.#expired) {
      this.#ledger.figures.timedOutStillRunning--;
      this.#plan.late?.(outcome);
    } else {
      this.#deadlines.remove(this);
      this.#plan.done(outcome);
    }
  }

  override expire(): void {
    const { name, expired, done } = this.#plan;
    this.#expired = true;
    this.#ledger.figures.timedOutStillRunning++;
    const error = name === undefined ? undefined : tookTooLong(this.#ledger, name);
    if (error !== undefined) expired?.(error);
    done({ ok: false, error, timedOut: true });
  }
}
