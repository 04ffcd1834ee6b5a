import type { AsyncResource } from "node:async_hooks";
import type { Abortable } from "../base/abort-source.js";
import { newFrame } from "../base/async-frame.js";
import type { Context } from "./context.js";
import { enterByRun } from "./enter.js";
import { enterNew, fail, leave, unaborted } from "./life.js";
import type { DetachOptions } from "./options.js";
import { contextAudience } from "./tracing.js";

/**
 * Work in a context whose end is told by a call: that of a request, whose last event is no promise. A context by a promise costs
 * four of them, which on Node 20 is a tenth of a fast framework's whole request.
 *
 * It is a base class, and no part of its user: of a server's request each object and each function counts.
 */
export abstract class Told {
  /** Since it has begun. */
  context: Context | undefined = undefined;
  /** The async context inside it. */
  frame: AsyncResource | undefined = undefined;
  #isOver = false;
  #graceMs = 0;
  /** What a trace waits for. */
  #trace: Settling | undefined = undefined;

  /** Called in the context when it has begun. It must not throw. */
  protected abstract begun(): void;
  /** Called if the end fails, or if the work has failed: with what the promise of the context would reject with. */
  protected abstract ended(rejection: unknown): void;

  /**
   * Begins a context that is no child of the present one, and ends when {@link end} is called.
   *
   * @param options - checked ones; `needs` is the caller's
   * @param signals - abort the context, as the signal of the options does
   * @throws the reason of a signal that has aborted
   */
  protected beginIn(options: DetachOptions, signals: readonly Abortable[]): void {
    const { name, signal, graceMs = 0, values } = options;
    const all = unaborted(signals, signal);
    const inside = contextAudience.isThere ? enterTraced : enterTold;
    // Also where a resource is faster: a scope within a callback of the HTTP parser makes Node leave that callback in a slow way (Node 24).
    enterNew(undefined, inside, this, graceMs, name, all, values, enterByRun)?.catch(() => {}); // `ended` is told
  }

  /** @internal */
  entered(context: Context, graceMs: number, trace?: Settling): void {
    this.context = context;
    this.frame = newFrame();
    this.#graceMs = graceMs;
    this.#trace = trace;
    this.begun();
    context.isSeenTo = true;
  }

  /**
   * Ends the context soon, since the caller may go on in it. Only the first call counts.
   *
   * @param failure - of the work, if it has failed
   */
  protected end(failure: { readonly error: unknown } | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    void NOW.then(() => this.frame!.runInAsyncScope(this.endNow, this, failure));
  }

  /** In the context, where the disposers belong. */
  protected endNow(failure: { readonly error: unknown } | undefined): void {
    const context = this.context!;
    const graceMs = this.#graceMs;
    const ending = failure === undefined ? leave(context, graceMs, undefined) : fail(context, graceMs, failure.error);
    if (ending === undefined) return this.#trace?.resolve();
    ending.then(
      () => this.#trace?.resolve(),
      (error: unknown) => {
        this.#trace?.reject(error);
        this.ended(error);
      },
    );
  }
}

/** Settles a promise. */
interface Settling {
  resolve(): void;
  reject(error: unknown): void;
}

const NOW = Promise.resolve();

function enterTold(context: Context, told: Told, graceMs: number): undefined {
  told.entered(context, graceMs);
}

/** @returns a promise that settles after the end, as a trace needs it */
function enterTraced(context: Context, told: Told, graceMs: number): Promise<void> {
  return new Promise((resolve, reject) => told.entered(context, graceMs, { resolve, reject }));
}
