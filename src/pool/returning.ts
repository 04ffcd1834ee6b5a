import { summarizeError } from "../base/summarize-error.js";
import type { ScopeError } from "../base/errors.js";
import { oneLine } from "../base/one-line.js";
import { call } from "./calls.js";
import type { Core } from "./core.js";
import { leakChannel } from "./diagnostics.js";
import {
  CHECKING,
  GONE,
  IDLE,
  LEASED,
  RESETTING,
  emptyHandle,
  Handle,
  type DestroyReason,
  type Entry,
} from "./entry.js";
import { DONE } from "./lease.js";
import { holderOf, takenBack, tookTooLong } from "./messages.js";

/** From a lease's end, of whatever kind, to an instance that is fit to be lent again or gone. */
export class Returning<T> {
  /** What a lease has in its hand that is over, and one that was ended again and has been reported for that. */
  readonly #over: Handle<T>;
  readonly #reported: Handle<T>;
  readonly #core: Core<T>;

  constructor(core: Core<T>) {
    this.#core = core;
    this.#reported = emptyHandle(core);
    this.#over = emptyHandle(core, this.#reported);
  }

  /** The right to a new instance. */
  handleOf(entry: Entry<T>): Handle<T> {
    return new Handle(entry, this.#over);
  }

  /** The way back with all that may have to be done on it. */
  giveBack(handle: Handle<T>): Promise<void> {
    const core = this.#core;
    const { entry } = handle;
    if (entry.state !== LEASED) return this.again(handle);
    if (core.quickHandover && core.unfit(entry) === undefined) {
      core.leaseOver(entry);
      const waiter = core.queue.shift()!;
      waiter.deliver(core.lendTo(handle, waiter.asked, undefined));
      return DONE;
    }
    this.endLease(entry);
    return this.makeFit(handle);
  }

  /** From an instance that nobody uses any more to one that is fit to be lent again, or gone. */
  makeFit(handle: Handle<T>): Promise<void> {
    const core = this.#core;
    const { entry } = handle;
    const reason = core.unfit(entry);
    if (reason !== undefined) {
      core.destruction.destroy(entry, reason);
      return DONE;
    }
    if (core.settings.onRelease === undefined && !core.settings.checkOn.has("release")) {
      this.#available(handle);
      return DONE;
    }
    let ended = false;
    let resolve: (() => void) | undefined;
    this.#reset(handle, () => {
      ended = true;
      resolve?.();
    });
    return ended ? DONE : new Promise((done) => (resolve = done));
  }

  /** Prepared by `onAcquire` for one who has gone: nothing lies idle prepared, for nobody knows how long. */
  undo(handle: Handle<T>): void {
    const core = this.#core;
    if (core.settings.onRelease === undefined) core.destruction.destroy(handle.entry, "acquireFailed");
    else this.#reset(handle, () => {});
  }

  discard(handle: Handle<T>): Promise<void> {
    const { entry } = handle;
    if (entry.state !== LEASED) return this.again(handle);
    this.endLease(entry);
    this.#core.destruction.destroy(entry, "discarded");
    return this.gone(entry);
  }

  gone(entry: Entry<T>): Promise<void> {
    return entry.state === GONE ? DONE : new Promise((resolve) => (entry.onGone ??= []).push(resolve));
  }

  /**
   * Ends a lease against its holder's will; the instance, which may still be in use, is destroyed.
   *
   * @returns what its holder is told; nothing if `describe` has ended the lease
   */
  takeBack(entry: Entry<T>, why: string): ScopeError | undefined {
    const core = this.#core;
    const { controller, holder, uses } = entry;
    const info = holderOf(entry, core.clock.now());
    if (entry.state !== LEASED || entry.uses !== uses) return undefined;
    const error = takenBack(core, info, why);
    entry.lost = error;
    this.endLease(entry, true);
    core.destruction.destroy(entry, "takenBack");
    controller?.abort(error);
    holder?.leaseLost(error);
    this.#leak(entry, "taken-back", info);
    return error;
  }

  /** A handle was garbage collected; if it was a lease's, nobody can release it any more. */
  abandoned(entry: Entry<T>): void {
    const core = this.#core;
    if (entry.state !== LEASED) return;
    const info = holderOf(entry, core.clock.now());
    this.#leak(entry, "abandoned", info);
    core.reporter.warn(
      "POOL_LEASE_ABANDONED",
      `a lease was dropped without being released, ${info.heldMs} ms after it was taken; its instance is destroyed. ` +
        `Use "await using", or use()${info.acquisitionStack === undefined ? "" : `. It was taken\n${info.acquisitionStack}`}`,
      { instance: entry.n, holder: info },
    );
    this.endLease(entry, true);
    core.destruction.destroy(entry, "abandoned");
  }

  /** An instance emitted `error`. */
  broken(entry: Entry<T>, error: unknown): void {
    const core = this.#core;
    core.reporter.warn("POOL_INSTANCE_BROKEN", `instance ${entry.n} emitted an error: ${summarizeError(error)}`, {
      instance: entry.n,
      error,
    });
    this.retire(entry, "broken");
  }

  /** It is to go: now if nobody has it, else when it comes back. */
  retire(entry: Entry<T>, reason: DestroyReason): void {
    const core = this.#core;
    entry.retire ??= reason;
    entry.noted = true;
    // One that is on its way between two states is IDLE, and not among the idle.
    if (!core.idle.has(entry)) return;
    core.idle.remove(entry);
    core.destruction.destroy(entry, entry.retire);
  }

  hookFailed(name: string, error: unknown): void {
    this.#core.figures.hookFailures++;
    this.#core.reporter.warn(
      "POOL_HOOK_FAILED",
      `${name} failed, so the instance is destroyed: ${summarizeError(error)}`,
      {
        hook: name,
        error,
      },
    );
  }

  /** Closes the books of a lease. */
  endLease(entry: Entry<T>, lost = false): void {
    const core = this.#core;
    core.upkeep.unwatch(entry);
    if (entry.warned && !lost) {
      const info = holderOf(entry, core.clock.now());
      core.reporter.warn(
        "POOL_LEASE_BACK",
        `the lease of ${oneLine(info.holder)} came back after all, after ${info.heldMs} ms`,
        {
          instance: entry.n,
          holder: info,
        },
      );
    }
    entry.warned = false;
    entry.taken = undefined;
    core.leaseOver(entry);
  }

  /** A lease is ended that was over, or had been taken back. */
  again(handle: Handle<T>): Promise<void> {
    const { figures, reporter } = this.#core;
    if (handle === this.#over) {
      figures.doubleReleases++;
      reporter.warn(
        "POOL_RELEASED_TWICE",
        "a lease was given back that had been given back before; that does nothing, but tells of an error in the program",
      );
    } else if (!handle.empty) {
      const { n } = handle.entry;
      reporter.warn("POOL_LEASE_BACK", "a lease that had been taken back was given back after all", { instance: n });
    }
    return DONE;
  }

  #reset(handle: Handle<T>, ended: () => void): void {
    const core = this.#core;
    const { entry } = handle;
    const { onRelease, checkTimeoutMs } = core.settings;
    if (onRelease === undefined) return this.#check(handle, ended);
    core.place(entry, RESETTING);
    call<unknown>(core, {
      run: () => onRelease(entry.value as T),
      limitMs: checkTimeoutMs,
      timedOut: () => tookTooLong(core, "CHECK_TIMEOUT", "onRelease", "checkTimeoutMs"),
      awaited: true,
      done: (outcome) => {
        if (outcome.ok) return this.#check(handle, ended);
        this.hookFailed("onRelease", outcome.error);
        core.destruction.destroy(entry, "resetFailed");
        ended();
      },
    });
  }

  #check(handle: Handle<T>, ended: () => void): void {
    const core = this.#core;
    const { entry } = handle;
    if (!core.settings.checkOn.has("release") || core.unfit(entry) !== undefined) {
      this.#available(handle);
      return ended();
    }
    core.place(entry, CHECKING);
    core.upkeep.check(entry, true, (ill) => {
      if (ill) core.destruction.destroy(entry, "unhealthy");
      else this.#available(handle);
      ended();
    });
  }

  #available(handle: Handle<T>): void {
    const core = this.#core;
    core.place(handle.entry, IDLE);
    core.available(handle);
  }

  #leak(entry: Entry<T>, what: "taken-back" | "abandoned", holder: ReturnType<typeof holderOf>): void {
    if (leakChannel.hasSubscribers) leakChannel.publish({ pool: this.#core.label, instance: entry.n, what, holder });
  }
}
