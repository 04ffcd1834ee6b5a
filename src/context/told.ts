import type { AsyncResource } from "node:async_hooks";
import type { Abortable } from "../base/abort-source.js";
import { newFrame } from "../base/async-frame.js";
import type { Context } from "./context.js";
import { enterNew, fail, leave, unaborted } from "./life.js";
import type { DetachOptions } from "./options.js";
import { als } from "./store.js";
import { contextAudience } from "./tracing.js";

/** What is done with a context whose end is told. */
export interface Toldable {
  /** Called in the context when it has begun. It must not throw. */
  begun(told: Told): void;
  /** Called if the end fails, or if the work has failed: with what the promise of the context would reject with. */
  ended(rejection: unknown): void;
}

/**
 * A context whose end is told by a call: that of a request, whose last event is no promise. A context by a promise costs four
 * of them, which on Node 20 is a tenth of a fast framework's whole request.
 */
export class Told {
  /** The async context inside it. */
  readonly frame: AsyncResource = newFrame();
  #isOver = false;
  /** Settle what a trace waits for. */
  resolve: (() => void) | undefined;
  reject: ((error: unknown) => void) | undefined;

  constructor(
    readonly context: Context,
    private readonly work: Toldable,
    private readonly graceMs: number,
  ) {}

  /**
   * Ends the context soon, since the caller may go on in it. Only the first call counts.
   *
   * @param failure - of the work, if it has failed
   */
  end(failure: { readonly error: unknown } | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    void NOW.then(() => this.frame.runInAsyncScope(this.endNow, this, failure));
  }

  /** In the context, where the disposers belong. */
  private endNow(failure: { readonly error: unknown } | undefined): void {
    const { context, graceMs } = this;
    const ending = failure === undefined ? leave(context, graceMs, undefined) : fail(context, graceMs, failure.error);
    if (ending === undefined) return this.resolve?.();
    ending.then(
      () => this.resolve?.(),
      (error: unknown) => {
        this.reject?.(error);
        this.work.ended(error);
      },
    );
  }
}

const NOW = Promise.resolve();

/**
 * Begins a context that is no child of the present one, and ends when {@link Told.end} is called.
 *
 * @param options - checked ones; `needs` is the caller's
 * @param signals - abort the context, as the signal of the options does
 * @throws the reason of a signal that has aborted
 */
export function beginTold(options: DetachOptions, signals: readonly Abortable[], work: Toldable): void {
  const { name, signal, graceMs = 0, values } = options;
  const all = unaborted(signals, signal);
  const inside = contextAudience.isThere ? toldAndTraced : told;
  enterNew(als.getStore(), undefined, inside, work, graceMs, name, all, values)?.catch(() => {}); // `ended` is told
}

function told(context: Context, work: Toldable, graceMs: number): undefined {
  work.begun(new Told(context, work, graceMs));
  context.isSeenTo = true;
}

/** @returns a promise that settles after the end, as a trace needs it */
function toldAndTraced(context: Context, work: Toldable, graceMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const one = new Told(context, work, graceMs);
    one.resolve = resolve;
    one.reject = reject;
    work.begun(one);
    context.isSeenTo = true;
  });
}
