import type { ScopeError } from "../base/errors.js";
import type { InContext } from "../base/async-frame.js";
import { isThenable } from "../base/is-thenable.js";
import type { Clock } from "./time/clock.js";
import { Deadline, type Deadlines } from "./time/deadlines.js";

/** What of the pool a call needs. */
export interface CallHost {
  readonly clock: Clock;
  readonly inPool: InContext;
  /** Of calls that somebody waits for. */
  readonly pending: Deadlines;
  /** Of all others. */
  readonly background: Deadlines;
  /** Calls that went on after their time-out. */
  readonly figures: { timedOutStillRunning: number };
}

/** How a call of user code ended. */
export type Outcome<R> =
  | { readonly ok: true; readonly value: R }
  | { readonly ok: false; readonly error: unknown; readonly timedOut?: boolean };

/** What {@link call} needs to know. */
export interface CallPlan<R> {
  readonly run: () => R | PromiseLike<R>;
  /** How long it may take. */
  readonly limitMs: number;
  /** What to make of it when it takes longer, if somebody is told. */
  readonly timedOut?: () => ScopeError;
  /** Whether somebody waits for it, so that the process should. */
  readonly awaited: boolean;
  /** Called once: before `call` returns if the user code was synchronous. */
  readonly done: (outcome: Outcome<R>) => void;
  /** Called if it ends after its time-out all the same. */
  readonly late?: (outcome: Outcome<R>) => void;
}

/**
 * Calls user code in the pool's async context. A synchronous throw equals a rejection, a synchronous result stays
 * synchronous, and a promise is given so much time and no more.
 *
 * @returns whether it ended within this call
 */
export function call<R>(core: CallHost, plan: CallPlan<R>): boolean {
  const outcome = core.inPool(run, core, plan as CallPlan<unknown>) as Outcome<R> | undefined;
  if (outcome === undefined) return false;
  plan.done(outcome);
  return true;
}

/** @returns nothing if it goes on */
function run(core: CallHost, plan: CallPlan<unknown>): Outcome<unknown> | undefined {
  try {
    const value = plan.run();
    if (!isThenable(value)) return { ok: true, value };
    follow(core, value, plan);
    return undefined;
  } catch (error) {
    return { ok: false, error };
  }
}

function follow(core: CallHost, promise: PromiseLike<unknown>, plan: CallPlan<unknown>): void {
  const bound = new Bound(core, plan);
  try {
    // A foreign thenable may settle twice, or throw: only a native promise is followed.
    Promise.resolve(promise).then(
      (value) => bound.end({ ok: true, value }),
      (error: unknown) => bound.end({ ok: false, error }),
    );
  } catch (error) {
    // One with a `then` or a `constructor` of its own may throw all the same.
    bound.forget();
    throw error;
  }
}

/** A call under way. */
class Bound extends Deadline {
  /** Its time is not up. */
  #open = true;
  readonly #deadlines: Deadlines;

  constructor(
    readonly core: CallHost,
    readonly plan: CallPlan<unknown>,
  ) {
    super();
    this.#deadlines = plan.awaited ? core.pending : core.background;
    this.#deadlines.add(this, core.clock.now(), plan.limitMs);
  }

  /** It ended in its call. */
  forget(): void {
    this.#deadlines.remove(this);
  }

  end(outcome: Outcome<unknown>): void {
    if (this.#open) {
      this.#deadlines.remove(this);
      this.plan.done(outcome);
    } else {
      this.core.figures.timedOutStillRunning--;
      this.plan.late?.(outcome);
    }
  }

  override expire(): void {
    this.#open = false;
    this.core.figures.timedOutStillRunning++;
    this.plan.done({ ok: false, error: this.plan.timedOut?.(), timedOut: true });
  }
}
