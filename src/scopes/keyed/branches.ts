import type { Clock } from "../../pool/time/clock.js";
import type { Total } from "../../pool/total.js";
import type { Source } from "../../proxy/source.js";
import { unbound } from "../errors.js";
import { endReplaced } from "../disposal/destroy-unused.js";
import type { Scope, Service } from "../scope.js";
import { Branch } from "./branch.js";
import { serviceOfKey } from "./key.js";
import { LimitedSource } from "./limited-source.js";

/** The shortest time between two sweeps, as a part of the idle time-out: a sweep visits all keys. */
const SWEEP_PART = 1 / 16;

/** The options of the keyed scope. */
export interface BranchesOptions {
  readonly scope: Scope;
  readonly total: Total | undefined;
  readonly idleTimeoutMs: number;
  readonly clock: Clock;
}

/** The keys of one binding: each is opened at first use, and closed when it was unused for some time. */
export class Branches {
  readonly #service: Service;
  readonly #options: BranchesOptions;
  readonly #byKey = new Map<string, Branch>();
  /** The closings of idle keys that have not come to their end. */
  readonly #evicted = new Set<Promise<void>>();
  #timer: { readonly handle: unknown } | undefined;
  #isClosed = false;

  constructor(service: Service, options: BranchesOptions) {
    this.#service = service;
    this.#options = options;
  }

  /** The branch that a touch or a lease means. @throws ScopeError `UNBOUND` */
  of(key: string, member: PropertyKey | undefined): Branch {
    if (this.#isClosed) throw unbound(this.#service, member);
    const now = this.#options.clock.now();
    const branch = this.#byKey.get(key) ?? this.#open(key, now);
    branch.usedAt = now;
    return branch;
  }

  /** The same for a look: opens nothing. */
  seen(key: string): Branch | undefined {
    return this.#byKey.get(key);
  }

  *sources(): Generator<Source> {
    for (const { source } of this.#byKey.values()) yield source;
  }

  #open(key: string, now: number): Branch {
    const { scope, total } = this.#options;
    const service = serviceOfKey(this.#service, key, total);
    const limited =
      total !== undefined && scope.name === "shared"
        ? new LimitedSource(service, scope, total, this.#options.clock)
        : undefined;
    const branch = new Branch(service, limited ?? scope.open(service), now, limited);
    if (limited !== undefined) {
      limited.users = branch;
      limited.giveUpIdle = () => {
        const may = limited.peek() !== undefined && !branch.isInUse;
        if (may) this.#evict(key, branch);
        return may;
      };
    }
    this.#byKey.set(key, branch);
    this.#plan(this.#options.idleTimeoutMs);
    return branch;
  }

  /** In the async context of the binding: the timer must not remember the first request. */
  #plan(ms: number): void {
    if (ms === Infinity) return;
    const { clock } = this.#options;
    this.#timer ??= this.#service.outside(() => {
      const handle = clock.setTimeout(() => this.#sweep(), ms);
      (handle as { unref?: () => void }).unref?.();
      return { handle };
    });
  }

  #sweep(): void {
    this.#timer = undefined;
    const { clock, idleTimeoutMs } = this.#options;
    const now = clock.now();
    let next = Infinity;
    for (const [key, branch] of this.#byKey) {
      if (branch.usedAt + idleTimeoutMs <= now) {
        if (!branch.isInUse) {
          this.#evict(key, branch);
          continue;
        }
        branch.usedAt = now;
      }
      next = Math.min(next, branch.usedAt + idleTimeoutMs - now);
    }
    this.#plan(Math.max(next, idleTimeoutMs * SWEEP_PART));
  }

  #evict(key: string, { source, service }: Branch): void {
    this.#byKey.delete(key);
    endReplaced(service.name, "evicted", () => {
      const closing = source.close();
      if (closing === undefined) return;
      const over = (): void => void this.#evicted.delete(done);
      const done = closing.then(over, over);
      this.#evicted.add(done);
      return closing;
    });
  }

  /** The binding is gone. @param rest - closes the sources that are open */
  async close(rest: () => void | Promise<void> | undefined): Promise<void> {
    this.#isClosed = true;
    if (this.#timer !== undefined) this.#options.clock.clearTimeout(this.#timer.handle);
    this.#timer = undefined;
    // Leased instances are still in the list: a shutdown takes them back.
    try {
      await rest();
    } finally {
      await Promise.all(this.#evicted);
    }
  }
}
