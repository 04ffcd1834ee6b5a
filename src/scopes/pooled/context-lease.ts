import type { Context } from "../../context/context.js";
import type { Dependent } from "../../context/dependents.js";
import type { Entry, Pending } from "../../context/entry.js";
import { claimStack } from "../../base/claim-stack.js";
import type { HolderInfo, ScopeError } from "../../base/errors.js";
import type { Holder, Wait } from "../../pool/holder.js";
import { DONE, type Lease } from "../../pool/lease.js";
import { inContext } from "../../proxy/in-context.js";
import { OrderedPromise } from "../creation/ordered-promise.js";
import { type ContextWaiter, waitBegan, waitEnded } from "./deadlock.js";
import { LeaseUse } from "./draining.js";
import { mayOutlive } from "./returned.js";
import type { Follower, Turn } from "./returned-promises.js";
import type { Service } from "../scope.js";
import type { Source } from "../../proxy/source.js";
import type { BindingPool } from "./binding-pool.js";
import type { Turns } from "./turns.js";

/** A source that leases instances of a pool. */
export interface Lender extends Source {
  readonly service: Service;
  readonly bindingPool: BindingPool;
}

/** What few leases have: it is made when the first of it is noted, so that all others are half as large. */
class Notes {
  arrival: OrderedPromise<object> | undefined = undefined;
  /** The pool has granted it, but no caller knows yet. */
  granted: Lease<object> | undefined = undefined;
  wait: Wait | undefined = undefined;
  isCancelled = false;
  /** The pool took the instance back. */
  lost: ScopeError | undefined = undefined;
  /** Set while it drains: keeps it from being lent again. */
  condemn: (() => void) | undefined = undefined;
}

/** A context's lease of a pooled instance, from its acquisition to its end. */
export class ContextLease implements Entry, Pending, Holder, ContextWaiter, Follower {
  instance: object | undefined = undefined;
  above: Entry | undefined = undefined;
  below: Entry | undefined = undefined;
  readonly context: Context;
  readonly source: Lender;
  /** The calls that take turns, if only one may run at a time; see `concurrency.ts`. */
  turns: Turns | undefined = undefined;
  #lease: Lease<object> | undefined = undefined;
  /** What uses the instance, after a call has returned something that may. */
  #use: LeaseUse | undefined = undefined;
  #notes: Notes | undefined = undefined;

  constructor(source: Lender, context: Context) {
    this.source = source;
    this.context = context;
  }

  protected note(): Notes {
    return (this.#notes ??= new Notes());
  }

  get service(): string {
    return this.source.service.name;
  }

  get dependent(): Dependent | undefined {
    return this.source.service.dependent;
  }

  /** The holder's name in the pool. */
  get name(): string {
    return this.context.name;
  }

  /** All holders of instances of the same pool. */
  holders(): readonly HolderInfo[] {
    return this.source.bindingPool.holders();
  }

  /** Acquires an instance without waiting, if one is available. */
  tryTake(): object | undefined {
    let lease: Lease<object> | undefined;
    try {
      lease = this.source.bindingPool.pool.tryAcquireFor(this);
    } catch (error) {
      throw this.source.bindingPool.errorOf(error);
    }
    if (lease === undefined) return undefined;
    this.begin(lease);
    return this.instance;
  }

  now(): object | undefined {
    if (this.#notes?.lost !== undefined) throw this.#notes.lost;
    return this.instance;
  }

  /** Waits for an instance; callers share one wait. */
  later(): Promise<object> {
    const instance = this.now();
    if (instance !== undefined) return Promise.resolve(instance);
    return (this.#notes?.arrival ?? this.queueUp()).promise;
  }

  protected queueUp(): OrderedPromise<object> {
    const { context } = this;
    const { pool } = this.source.bindingPool;
    const arrival = new OrderedPromise<object>(() => this.arrived());
    const notes = this.note();
    notes.arrival = arrival;
    this.show(undefined);
    context.addPending(this);
    pool.acquireFor(
      this,
      (lease) => {
        notes.granted = lease;
        // A hook of the pool may have ended or aborted the context.
        if (notes.isCancelled) this.arrived();
        else arrival.resolve(lease.value);
      },
      (error) => this.failed(arrival, error),
    );
    return arrival;
  }

  protected arrived(): void {
    const notes = this.#notes!;
    const lease = notes.granted!;
    notes.granted = undefined;
    if (notes.isCancelled) {
      void lease.release();
      return;
    }
    this.context.removePending(this);
    notes.arrival = undefined;
    this.begin(lease);
  }

  protected begin(lease: Lease<object>): void {
    const { context } = this;
    this.#lease = lease;
    // The pool may have taken it back between its grant and this reaction.
    if (this.#notes?.lost === undefined) this.instance = lease.value;
    const isPlain = context.running === undefined && this.source.intercept === undefined;
    this.show(isPlain ? this.instance : undefined);
    context.hold(this);
  }

  protected failed(arrival: OrderedPromise<object>, error: unknown): void {
    const notes = this.note();
    if (notes.isCancelled) return;
    notes.arrival = undefined;
    this.context.removePending(this);
    this.hide();
    arrival.reject(inContext(this.source.bindingPool.errorOf(error), this.context));
  }

  cancel(reason: unknown): void {
    const notes = this.note();
    notes.isCancelled = true;
    this.hide();
    notes.wait?.reject(reason as ScopeError);
    notes.arrival?.reject(reason);
  }

  waitBegan(wait: Wait): void {
    this.note().wait = wait;
    waitBegan(this.context, wait);
  }

  waitEnded(wait: Wait): void {
    this.note().wait = undefined;
    waitEnded(this.context, wait);
  }

  /** Without a slot, the proxy does not ask whether the end of the context waits for a call. */
  get slot(): number | undefined {
    return this.context.running === undefined ? undefined : this.source.slot;
  }

  returned(result: object, member: PropertyKey, turn?: Turn): unknown {
    return mayOutlive(result) ? this.follow(result, member, turn) : result;
  }

  /** The same for a result that may outlive its call. */
  follow(result: object, member: PropertyKey, turn?: Turn): unknown {
    this.#use ??= this.#lease!.use(newLeaseUse).leaseBegan(this.context);
    return this.#use.returned(result, member, turn);
  }

  leaseLost(reason: ScopeError): void {
    const notes = this.note();
    notes.lost = reason;
    this.instance = undefined;
    // The context may have been cancelled between the grant and this.
    if (!notes.isCancelled) this.show(undefined);
    this.turns?.wakeAll();
  }

  end(discard = false): void | Promise<void> {
    const lease = this.#lease!;
    this.hide();
    this.instance = undefined;
    this.turns?.wakeAll();
    if (!discard && this.#use?.isOver === false) {
      this.note().condemn = lease.condemner();
      lease.drain();
      return undefined;
    }
    this.#use?.leaseOver();
    const done = discard ? lease.discard() : lease.release();
    // Most instances go back at once: the end of the context need not wait a tick.
    return done === DONE ? undefined : done;
  }

  /** Keeps the draining instance from being lent again. */
  condemn(): void {
    this.#notes?.condemn?.();
  }

  /** Puts it where the context's touches find it. */
  protected show(instance: object | undefined): void {
    this.context.fill(this.source.slot!, instance, this);
  }

  protected hide(): void {
    this.context.clear(this.source.slot!);
  }

  async release(discard: boolean): Promise<void> {
    if (this.#lease === undefined) return;
    claimStack();
    this.context.drop(this);
    await this.context.waitFor(this.end(discard));
  }
}

function newLeaseUse(): LeaseUse {
  return new LeaseUse();
}
