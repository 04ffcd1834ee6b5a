import { oneLine } from "../base/one-line.js";
import type { ScopeError } from "../base/errors.js";
import type { Core } from "./core.js";
import { Deadline } from "./time/deadlines.js";
import { DRAINING, type Entry, type Handle, LEASED } from "./entry.js";
import { drainedTooLong, holderOf } from "./messages.js";

/** What still uses an instance whose lease is over. */
export interface InUse {
  /** Who held the lease. */
  readonly holder: string;
  /** What still runs, in a few words: `query, called in GET /orders`. */
  describe(): string;
  /** Called once when nothing uses the instance any more; the pool sets it. */
  onOver: (() => void) | undefined;
  /** Ends what can be ended: streams and iterators. Their users are told the reason. */
  cut(reason: ScopeError): void;
}

/**
 * From the end of a lease to the moment when nothing that was called in it uses the instance any more.
 *
 *     LEASED ── the lease ends, calls still run ──▶ DRAINING ── the last one is over ──▶ reset, checked, lent
 *                                                       └────── drainTimeoutMs ────────▶ destroyed
 */
export class Draining<T> {
  readonly #core: Core<T>;

  constructor(core: Core<T>) {
    this.#core = core;
  }

  /** A lease ends while its instance is in use. */
  begin(handle: Handle<T>): void {
    const core = this.#core;
    const { entry } = handle;
    if (entry.state !== LEASED) {
      void core.returning.again(handle);
      return;
    }
    core.returning.endLease(entry);
    core.place(entry, DRAINING);
    const use = entry.use!;
    const drain = new Drain(core, handle, use);
    entry.drain = drain;
    use.onOver = () => this.#over(drain);
    const now = core.clock.now();
    core.stamps.stampAt(entry, now);
    core.background.add(drain, now, core.settings.drainTimeoutMs);
  }

  /** Nothing uses the instance any more. */
  #over(drain: Drain<T>): void {
    this.#end(drain);
    void this.#core.returning.makeFit(drain.handle);
  }

  /** The instance goes, whatever still uses it. */
  cut(entry: Entry<T>): void {
    const core = this.#core;
    const drain = entry.drain!;
    const holder = holderOf(entry, core.clock.now());
    // `describe`, which was asked for the holder, may have brought it to its end.
    if (entry.drain !== drain) return;
    const error = drainedTooLong(core, holder);
    this.#end(drain);
    core.reporter.warn("POOL_DRAIN_TIMEOUT", error.message.slice(oneLine(core.label).length + 2), {
      instance: entry.n,
      holder,
    });
    core.inPool(() => drain.use.cut(error));
    core.destruction.destroy(entry, "drainTimeout");
  }

  #end(drain: Drain<T>): void {
    const { entry } = drain.handle;
    this.#core.background.remove(drain);
    drain.use.onOver = undefined;
    entry.drain = undefined;
    this.#core.stamps.stamp(entry);
  }
}

/** One instance that drains, and how long it may. */
export class Drain<T> extends Deadline {
  constructor(
    readonly core: Core<T>,
    readonly handle: Handle<T>,
    readonly use: InUse,
  ) {
    super();
  }

  override expire(): void {
    this.core.drains.cut(this.handle.entry);
  }
}
