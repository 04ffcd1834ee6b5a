import { summarizeError } from "../base/summarize-error.js";
import { call, type Outcome } from "./calls.js";
import type { Core } from "./core.js";
import { destroyChannel } from "./diagnostics.js";
import { DESTROYING, GONE, type DestroyReason, type Entry } from "./entry.js";
import { tookTooLong } from "./messages.js";

/** Ends instances. A slot is free again when `destroy` has ended, or its time is up. */
export class Destruction<T> {
  /** How many that came late are being destroyed. */
  late = 0;
  readonly #core: Core<T>;

  constructor(core: Core<T>) {
    this.#core = core;
  }

  destroy(entry: Entry<T>, reason: DestroyReason): void {
    const core = this.#core;
    const value = entry.value as T;
    core.place(entry, DESTROYING);
    core.total?.leaving();
    core.upkeep.forget(entry);
    core.figures.destroyed[reason]++;
    this.#call(value, reason === "discarded", (outcome) => {
      const error = this.#report(entry.n, reason, outcome);
      core.place(entry, GONE);
      core.entries.delete(entry);
      core.total?.gone(core, true);
      core.figures.usesOfGone += entry.uses;
      core.creation.forget(entry);
      if (destroyChannel.hasSubscribers) {
        destroyChannel.publish({ pool: core.label, n: entry.n, reason, ...(error === undefined ? {} : { error }) });
      }
      if (entry.onGone !== undefined) for (const told of entry.onGone) told();
      core.requicken();
      core.pump();
    });
  }

  /** An instance that came after its time-out, when its slot had been given away: it is in no book. */
  destroyLate(n: number, value: T): void {
    const core = this.#core;
    core.figures.destroyed.late++;
    this.late++;
    this.#call(value, false, (outcome) => {
      this.late--;
      const error = this.#report(n, "late", outcome);
      if (destroyChannel.hasSubscribers) {
        destroyChannel.publish({ pool: core.label, n, reason: "late", ...(error === undefined ? {} : { error }) });
      }
      core.closing.settle();
    });
  }

  #call(value: T, awaited: boolean, done: (outcome: Outcome<unknown>) => void): void {
    const core = this.#core;
    const { destroy, destroyTimeoutMs } = core.settings;
    if (destroy === undefined) {
      done({ ok: true, value: undefined });
      return;
    }
    call<unknown>(core, {
      run: () => destroy(value),
      limitMs: destroyTimeoutMs,
      timedOut: () => tookTooLong(core, "DESTROY_TIMEOUT", "destroy", "destroyTimeoutMs"),
      awaited,
      done,
    });
  }

  #report(n: number, reason: DestroyReason, outcome: Outcome<unknown>): unknown {
    if (outcome.ok) return undefined;
    const { error } = outcome;
    this.#core.figures.destroyFailures++;
    this.#core.reporter.warn(
      "POOL_DESTROY_FAILED",
      `instance ${n} (${reason}) could not be destroyed: ${summarizeError(error)}`,
      {
        n,
        reason,
        error,
      },
    );
    return error;
  }
}
