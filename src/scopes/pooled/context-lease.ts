import type { Context } from "../../context/context.js";
import type { Dependent } from "../../context/dependents.js";
import type { Entry, Pending } from "../../context/entry.js";
import type { HolderInfo, ScopeError } from "../../base/errors.js";
import type { Wait } from "../../pool/holder.js";
import { DONE, type Lease } from "../../pool/lease.js";
import { inContext } from "../../proxy/in-context.js";
import { OrderedPromise } from "../creation/ordered-promise.js";
import { type ContextHolder, waitBegan, waitEnded } from "./deadlock.js";
import { LeaseUse } from "./draining.js";
import type { Service } from "../scope.js";
import type { Source } from "../../proxy/source.js";
import type { BindingPool } from "./binding-pool.js";

/** A source that leases instances of a pool. */
export interface Lender extends Source {
  readonly service: Service;
  readonly bindingPool: BindingPool;
}

/** A context's lease of a pooled instance, from its acquisition to its end. */
export class ContextLease implements Entry, Pending, ContextHolder {
  instance: object | undefined;
  above: Entry | undefined;
  below: Entry | undefined;
  readonly context: Context;
  /** Settles with the latest call, if only one may run at a time: see `concurrency.ts`. */
  lastCall: Promise<void> | undefined;
  /** Wakes the calls that wait for their turn. */
  turns: Set<() => void> | undefined;
  readonly source: Lender;
  #lease: Lease<object> | undefined;
  #arrival: OrderedPromise<object> | undefined;
  /** The pool has granted it, but no caller knows yet. */
  #granted: Lease<object> | undefined;
  #wait: Wait | undefined;
  #isCancelled = false;
  /** What uses the instance, after a call has returned something that may. */
  #use: LeaseUse | undefined;
  /** The pool took the instance back. */
  #lost: ScopeError | undefined;
  /** Set while it drains: keeps it from being lent again. */
  #condemn: (() => void) | undefined;

  constructor(source: Lender, context: Context) {
    this.source = source;
    this.context = context;
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
    this.#take(lease);
    return this.instance;
  }

  now(): object | undefined {
    if (this.#lost !== undefined) throw this.#lost;
    return this.instance;
  }

  /** Waits for an instance; callers share one wait. */
  later(): Promise<object> {
    const instance = this.now();
    if (instance !== undefined) return Promise.resolve(instance);
    return (this.#arrival ?? this.#queueUp()).promise;
  }

  #queueUp(): OrderedPromise<object> {
    const { context } = this;
    const { pool } = this.source.bindingPool;
    const arrival = new OrderedPromise<object>(() => this.#arrived());
    this.#arrival = arrival;
    this.show(undefined);
    context.addPending(this);
    pool.acquireFor(
      this,
      (lease) => {
        this.#granted = lease;
        // A hook of the pool may have ended or aborted the context.
        if (this.#isCancelled) this.#arrived();
        else arrival.resolve(lease.value);
      },
      (error) => this.#failed(arrival, error),
    );
    return arrival;
  }

  #arrived(): void {
    const lease = this.#granted!;
    this.#granted = undefined;
    if (this.#isCancelled) {
      void lease.release();
      return;
    }
    this.context.removePending(this);
    this.#arrival = undefined;
    this.#take(lease);
  }

  #take(lease: Lease<object>): void {
    const { context } = this;
    this.#lease = lease;
    // The pool may have taken it back between its grant and this reaction.
    if (this.#lost === undefined) this.instance = lease.value;
    const isPlain = context.running === undefined && this.source.intercept === undefined;
    this.show(isPlain ? this.instance : undefined);
    context.hold(this);
  }

  #failed(arrival: OrderedPromise<object>, error: unknown): void {
    if (this.#isCancelled) return;
    this.#arrival = undefined;
    this.context.removePending(this);
    this.hide();
    arrival.reject(inContext(this.source.bindingPool.errorOf(error), this.context));
  }

  cancel(reason: unknown): void {
    this.#isCancelled = true;
    this.hide();
    this.#wait?.reject(reason as ScopeError);
    this.#arrival?.reject(reason);
  }

  waitBegan(wait: Wait): void {
    this.#wait = wait;
    waitBegan(this.context, wait);
  }

  waitEnded(wait: Wait): void {
    this.#wait = undefined;
    waitEnded(this.context, wait);
  }

  /** Notes the result of a call. @returns what the caller gets */
  returned(result: object, member: PropertyKey): unknown {
    this.#use ??= this.#lease!.use(newLeaseUse).leaseBegan(this.context);
    return this.#use.returned(result, member);
  }

  leaseLost(reason: ScopeError): void {
    this.#lost = reason;
    this.instance = undefined;
    // The context may have been cancelled between the grant and this.
    if (!this.#isCancelled) this.show(undefined);
    this.#wakeTurns();
  }

  end(discard = false): void | Promise<void> {
    const lease = this.#lease!;
    this.hide();
    this.instance = undefined;
    this.#wakeTurns();
    if (!discard && this.#use?.isOver === false) {
      this.#condemn = lease.condemner();
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
    this.#condemn?.();
  }

  /** Puts it where the context's touches find it. */
  protected show(instance: object | undefined): void {
    this.context.fill(this.source.slot!, instance, this);
  }

  protected hide(): void {
    this.context.clear(this.source.slot!);
  }

  /** Wakes the calls that wait for their turn: it never comes. */
  #wakeTurns(): void {
    if (this.turns !== undefined) for (const wake of this.turns) wake();
  }

  async release(discard: boolean): Promise<void> {
    if (this.#lease === undefined) return;
    this.context.drop(this);
    await this.context.waitFor(this.end(discard));
  }
}

function newLeaseUse(): LeaseUse {
  return new LeaseUse();
}
