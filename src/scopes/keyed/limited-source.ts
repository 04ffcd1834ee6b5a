import type { ScopeError } from "../../base/errors.js";
import { isNativePromise } from "../../base/native-promise.js";
import type { Sharer, Total } from "../../pool/total.js";
import type { Lease, LeaseOptions, ReleaseOptions, Source } from "../../proxy/source.js";
import { exhausted, FOR_SHARED, unbound } from "../errors.js";
import { withTimeout } from "../creation/with-timeout.js";
import type { Scope, Service } from "../scope.js";

interface Waiting {
  readonly order: number;
  resolve(instance: object | Promise<object>): void;
  reject(error: unknown): void;
}

/** Counts the waiters of all keys: the first one is served first. */
let count = 0;

/**
 * The shared instance of one key, if there is a limit on those of all keys. It has a slot from before its creation until after
 * its end.
 */
export class LimitedSource implements Source, Sharer {
  returned?: NonNullable<Source["returned"]>;
  /** Gives the instance up if it is not in use. @returns whether it does */
  giveUpIdle!: () => boolean;
  readonly #service: Service;
  readonly #total: Total;
  readonly #inner: Source;
  #hasSlot = false;
  /** The place in line of a touch that cannot wait, while it asks for room. */
  #asked: number | undefined;
  #waiting: Waiting[] = [];

  constructor(service: Service, scope: Scope, total: Total) {
    this.#service = service;
    this.#total = total;
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
      this.#asked = ++count;
      this.#hasSlot = this.#waiting.length === 0 && this.#total.take(this, this.#asked);
      this.#asked = undefined;
      if (!this.#hasSlot) return undefined;
    }
    return this.#inner.acquireNow(member);
  }

  acquire(): Promise<object> {
    const instance = this.acquireNow();
    if (instance !== undefined) return Promise.resolve(instance);
    if (this.#hasSlot) return this.#inner.acquire();
    const order = ++count;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ order, resolve, reject });
      this.pump();
    });
  }

  unavailableError(member?: PropertyKey): ScopeError {
    return this.#hasSlot ? this.#inner.unavailableError(member) : exhausted(this.#service, member, FOR_SHARED, []);
  }

  peek(): object | undefined {
    return this.#inner.peek();
  }

  release(options: ReleaseOptions): Promise<void> {
    return this.#inner.release(options);
  }

  async lease(options: LeaseOptions): Promise<Lease<object>> {
    await withTimeout(this.#service.name, options, this.acquire(), () => {});
    return this.#inner.lease(options);
  }

  close(drainMs?: number): void | Promise<void> | undefined {
    this.#total.left(this);
    for (const { reject } of this.#waiting.splice(0)) reject(unbound(this.#service));
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
    if (isNativePromise(made)) made.then(() => this.#total.idles(this), failed);
    else this.#total.idles(this);
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
    for (const { resolve, reject } of this.#waiting.splice(0)) {
      try {
        resolve(this.#inner.acquireNow() ?? this.#inner.acquire());
      } catch (error) {
        reject(error);
      }
    }
  }
}
