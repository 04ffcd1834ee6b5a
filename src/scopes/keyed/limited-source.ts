import { current } from "../../context/run.js";
import type { HolderInfo, ScopeError } from "../../base/errors.js";
import { isNativePromise } from "../../base/native-promise.js";
import type { Named } from "../../pool/holder.js";
import type { Sharer, Total } from "../../pool/total.js";
import type { Clock } from "../../pool/time/clock.js";
import { nextInLine } from "../../pool/wait-queue.js";
import type { Lease, LeaseOptions, ReleaseOptions, Source } from "../../proxy/source.js";
import { exhausted, fewerKeys, FOR_SHARED, unbound } from "../errors.js";
import { withTimeout } from "../creation/with-timeout.js";
import type { Scope, Service } from "../scope.js";
import type { Keyed } from "./key.js";
import { ContextWait, type Limited, LimitedWait } from "./limited-wait.js";

/** Who uses the instance. */
export interface Users {
  /** From now on they hold what others may wait for. */
  tookSlot(): void;
  /** If there are none, others may have the slot. */
  seeWhetherIdle(): void;
  /** The contexts that use it; nothing if there is none. */
  blocker(): Named | undefined;
  holders(now: number): readonly HolderInfo[];
}

/** How many there are in an error. */
const MOST_HOLDERS = 32;

/**
 * The shared instance of one key, if there is a limit on those of all keys. It has a slot from before its creation until after
 * its end.
 */
export class LimitedSource implements Source, Sharer, Limited {
  returned?: NonNullable<Source["returned"]>;
  /** Gives the instance up if it is not in use. @returns whether it does */
  giveUpIdle!: () => boolean;
  users!: Users;
  readonly #service: Service & Keyed;
  readonly #total: Total;
  readonly #clock: Clock;
  readonly #inner: Source;
  #hasSlot = false;
  /** The place in line of a touch that cannot wait, while it asks for room. */
  #asked: number | undefined;
  #waiting: LimitedWait[] = [];

  constructor(service: Service & Keyed, scope: Scope, total: Total, clock: Clock) {
    this.#service = service;
    this.#total = total;
    this.#clock = clock;
    this.#inner = scope.open({ ...service, create: (...how) => this.#create(() => service.create(...how)) });
  }

  get isWaitedFor(): boolean {
    return this.#waiting.length > 0;
  }

  /** The key has become unused. */
  becameIdle(): void {
    if (!this.#hasSlot) return;
    if (this.#total.claims(this)) this.giveUpIdle();
    else this.#total.idles(this);
  }

  acquireNow(member?: PropertyKey): object | undefined {
    if (!this.#hasSlot) {
      this.#asked = nextInLine();
      this.#hasSlot = this.#waiting.length === 0 && this.#total.take(this, this.#asked);
      this.#asked = undefined;
      if (!this.#hasSlot) return undefined;
      this.users.tookSlot();
    }
    return this.#inner.acquireNow(member);
  }

  acquire(): Promise<object> {
    const context = current();
    return this.#acquire(() => (context?.state === "active" ? new ContextWait(context, this) : new LimitedWait()));
  }

  #acquire(newWait: () => LimitedWait): Promise<object> {
    const instance = this.acquireNow();
    if (instance !== undefined) return Promise.resolve(instance);
    if (this.#hasSlot) return this.#inner.acquire();
    const wait = newWait();
    this.#waiting.push(wait);
    if (wait instanceof ContextWait) wait.begin();
    this.pump();
    return wait.promise;
  }

  leave(wait: LimitedWait): void {
    this.#waiting = this.#waiting.filter((other) => other !== wait);
  }

  unavailableError(member?: PropertyKey): ScopeError {
    return this.#hasSlot
      ? this.#inner.unavailableError(member)
      : exhausted(this.#service, member, FOR_SHARED, this.holders());
  }

  peek(): object | undefined {
    return this.#inner.peek();
  }

  release(options: ReleaseOptions): Promise<void> {
    return this.#inner.release(options);
  }

  async lease(options: LeaseOptions): Promise<Lease<object>> {
    await withTimeout(
      this.#service.name,
      options,
      this.#acquire(() => new LimitedWait()),
      () => {},
    );
    return this.#inner.lease(options);
  }

  close(drainMs?: number): void | Promise<void> | undefined {
    this.#total.left(this);
    for (const wait of this.#waiting.splice(0)) wait.reject(unbound(this.#service));
    if (!this.#hasSlot) return this.#inner.close(drainMs);
    this.#total.leaving();
    const over = (): void => this.#slotGone(true);
    let closing: void | Promise<void> | undefined;
    try {
      closing = this.#inner.close(drainMs);
    } finally {
      if (closing === undefined) over();
    }
    return closing?.finally(over);
  }

  #create(make: () => object | Promise<object>): object | Promise<object> {
    const failed = (): void => this.#slotGone(false);
    let made: object | Promise<object> | undefined;
    try {
      made = make();
    } finally {
      if (made === undefined) failed();
    }
    if (!isNativePromise(made)) {
      this.#total.idles(this);
      return made;
    }
    made.catch(failed);
    // Those who began it may be gone when it is there.
    const there = (): void => this.users.seeWhetherIdle();
    made.then(() => this.#inner.acquire()).then(there, there);
    return made;
  }

  #slotGone(wasLeaving: boolean): void {
    if (!this.#hasSlot) return;
    this.#hasSlot = false;
    this.#total.gone(this, wasLeaving);
    this.#total.settle();
  }

  *demands(): Generator<number> {
    const order = this.#waiting[0]?.order ?? this.#asked;
    if (!this.#hasSlot && order !== undefined) yield order;
  }

  /** There may be room: then the waiters get the instance. */
  pump(): void {
    const first = this.#waiting[0];
    if (first === undefined || this.#hasSlot || !this.#total.take(this, first.order)) return;
    this.#hasSlot = true;
    // A creation that fails at once gives the slot back: the others wait on.
    while (this.#hasSlot) {
      const wait = this.#waiting.shift();
      if (wait === undefined) return this.users.tookSlot();
      try {
        wait.resolve(this.#inner.acquireNow() ?? this.#inner.acquire());
      } catch (error) {
        wait.reject(error);
      }
    }
  }

  // ---- Who holds what, for errors and to find deadlocks ----------------------------------------------------------

  get label(): string {
    return this.#service.name;
  }

  get ofAllKeys(): string {
    return this.#service.ofAllKeys;
  }

  get remedy(): string {
    return fewerKeys(this.#total.max);
  }

  /** Everyone who must act before there is room; nothing if there may be without that. */
  blockers(): Iterable<Named> | undefined {
    return this.#hasSlot || !this.#total.isFull ? undefined : this.#total.blockers();
  }

  ownBlockers(): Iterable<Named> | undefined {
    const blocker = this.users.blocker();
    return blocker === undefined ? undefined : [blocker];
  }

  holders(): readonly HolderInfo[] {
    return this.#total.holders(this.#clock.now(), MOST_HOLDERS);
  }

  ownHolders(now: number): readonly HolderInfo[] {
    return this.users.holders(now);
  }
}
