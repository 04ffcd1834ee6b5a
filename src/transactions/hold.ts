import type { Context } from "../context/context.js";
import { inTurn } from "../scopes/pooled/concurrency.js";
import type { Follower } from "../scopes/pooled/returned-promises.js";
import type { ContextLease } from "../scopes/pooled/context-lease.js";
import { lendsMore, type SecondLease } from "../scopes/pooled/second-lease.js";
import type { SelectedSource } from "../scopes/selecting.js";
import { TransactionalSource } from "../scopes/in-transaction/transactional-source.js";
import type { Lease, Operation, Source } from "../proxy/source.js";
import { noSecond, transactionEnded } from "./errors.js";

/** A transaction's instance, and how it is held. */
export interface Hold {
  readonly instance: object;
  /** Where the context has the instance, if it is its own. */
  readonly slot?: number | undefined;
  /** Calls need nothing around them. */
  readonly isPlain: boolean;
  /** A call has its turn on the instance. */
  readonly isBusy: boolean;
  /** The instance was not taken back, and its context has not ended. */
  readonly isThere: boolean;
  /** @throws ScopeError if the instance was taken back, or its context has ended */
  assertThere(member: PropertyKey | undefined): void;
  /** Runs an operation on the instance, in its turn. @param flow - waits for the end of calls */
  perform(operation: Operation, flow?: Follower): unknown;
  /** Until `over`, the instance goes to no other holder, even if the context ends. @returns whether the source sees to that */
  useUntil(over: Promise<void>): boolean;
  /** The transaction is over. A context's own instance stays with its context. */
  giveBack(): Promise<void> | undefined;
  /** The instance is broken: it must not be lent again. */
  discard(): Promise<void>;
}

/** The source that has the instances now, where a source selects among others. These may have the driver, too. */
function selectedBy(source: Source): Source {
  if (source instanceof TransactionalSource) return selectedBy(source.inner);
  const { select } = source as Partial<SelectedSource>;
  return select === undefined ? source : selectedBy(select());
}

/** Calls the instance of a lease, in turn where only one call may run at a time. */
function performOn(lease: ContextLease, operation: Operation, flow: Follower | undefined): unknown {
  const { concurrency = "allow" } = lendsMore(lease.source);
  if (concurrency === "allow") return operation.run(lease.instance!, flow);
  return inTurn(lease, operation, concurrency, refuse, flow);
}

/** The instance has gone before the call's turn, and another one is no part of the transaction. */
function refuse({ member }: Operation, lease: ContextLease): never {
  lease.now();
  throw transactionEnded(lease.service, member, undefined);
}

/** Holds the context's own instance. */
class OwnInstance implements Hold {
  readonly #source: Source;
  readonly #context: Context;
  readonly #leased: ContextLease | undefined;
  readonly isPlain: boolean;

  constructor(
    source: Source,
    context: Context,
    readonly instance: object,
  ) {
    this.#source = source;
    this.#context = context;
    this.#leased = lendsMore(source).leasedIn?.(context);
    this.isPlain = source.intercept === undefined && context.running === undefined;
  }

  get isBusy(): boolean {
    return this.#leased?.turns?.areTaken === true;
  }

  get isThere(): boolean {
    return (this.#leased === undefined ? this.#source.peek() : this.#leased.instance) === this.instance;
  }

  get slot(): number | undefined {
    return this.#source.slot;
  }

  assertThere(member: PropertyKey | undefined): void {
    if (!this.isThere) this.#source.acquireNow(member);
  }

  perform(operation: Operation, flow?: Follower): unknown {
    // The context has given it back, but a rollback may be due on it.
    if (this.#leased === undefined || !this.isThere) return operation.run(this.instance, flow);
    return performOn(this.#leased, operation, flow);
  }

  useUntil(over: Promise<void>): boolean {
    this.#source.returned?.(over, "transaction", this.#context);
    return this.#source.returned !== undefined;
  }

  giveBack(): undefined {
    return undefined;
  }

  async discard(): Promise<void> {
    if (this.isThere) await this.#source.release({ discard: true });
    else this.#leased?.condemn();
  }
}

/** Holds a second instance for the context, from the same pool. */
class SecondInstance implements Hold {
  readonly #lease: SecondLease;

  constructor(
    lease: SecondLease,
    readonly instance: object,
  ) {
    this.#lease = lease;
  }

  get isPlain(): boolean {
    return this.#lease.isPlain;
  }

  get isBusy(): boolean {
    return this.#lease.turns?.areTaken === true;
  }

  get isThere(): boolean {
    return this.#lease.instance !== undefined;
  }

  assertThere(member: PropertyKey | undefined): void {
    const { context, service } = this.#lease;
    if (this.#lease.now() !== undefined) return;
    throw context.state === "active"
      ? transactionEnded(service, member, undefined)
      : context.closedError(service, member);
  }

  perform(operation: Operation, flow?: Follower): unknown {
    return performOn(this.#lease, operation, flow);
  }

  useUntil(over: Promise<void>): boolean {
    this.#lease.returned(over, "transaction");
    return true;
  }

  giveBack(): Promise<void> {
    return this.#lease.giveBack(false);
  }

  discard(): Promise<void> {
    return this.#lease.giveBack(true);
  }
}

/** Holds an instance that was leased for the purpose. */
class LeasedFor implements Hold {
  readonly #lease: Lease<object>;
  readonly isPlain = false;
  readonly isBusy = false;
  readonly isThere = true;
  readonly instance: object;

  constructor(lease: Lease<object>) {
    this.#lease = lease;
    this.instance = lease.value;
  }

  assertThere(): void {
    void this.#lease.value;
  }

  perform(operation: Operation, flow?: Follower): unknown {
    return operation.run(this.instance, flow);
  }

  useUntil(): boolean {
    return false;
  }

  giveBack(): Promise<void> {
    return this.#lease.release();
  }

  discard(): Promise<void> {
    return this.#lease.discard();
  }
}

/** Borrows the instance of the flow around it, which gives it back. */
export class Borrowed implements Hold {
  readonly #hold: Hold;
  readonly instance: object;

  constructor(hold: Hold) {
    this.#hold = hold;
    this.instance = hold.instance;
  }

  get isPlain(): boolean {
    return this.#hold.isPlain;
  }

  get isBusy(): boolean {
    return this.#hold.isBusy;
  }

  get isThere(): boolean {
    return this.#hold.isThere;
  }

  assertThere(member: PropertyKey | undefined): void {
    this.#hold.assertThere(member);
  }

  perform(operation: Operation, flow?: Follower): unknown {
    return this.#hold.perform(operation, flow);
  }

  useUntil(over: Promise<void>): boolean {
    return this.#hold.useUntil(over);
  }

  giveBack(): undefined {
    return undefined;
  }

  discard(): Promise<void> {
    return this.#hold.discard();
  }
}

type Use<R> = (hold: Hold) => Promise<R>;

/** Takes the context's own instance, waiting for it if need be. */
export function withOwnInstance<R>(source: TransactionalSource, context: Context, use: Use<R>): Promise<R> {
  const inner = selectedBy(source);
  // Calls take an instance each, while a transaction needs one for all of its calls.
  if (isLentByCall(inner)) return withSecondInstance(source, use);
  const instance = inner.acquireNow("transaction");
  if (instance !== undefined) return use(new OwnInstance(inner, context, instance));
  return inner.acquire().then((arrived) => {
    if (inner.peek() === arrived) return use(new OwnInstance(inner, context, arrived));
    // The context may have given it back between its arrival and this reaction.
    return withOwnInstance(source, context, use);
  });
}

function isLentByCall(source: Source): boolean {
  const { leasedIn, secondLease } = lendsMore(source);
  return secondLease !== undefined && leasedIn === undefined;
}

/** Takes an instance that nothing else in the context has. */
export async function withSecondInstance<R>(source: TransactionalSource, use: Use<R>): Promise<R> {
  const inner = selectedBy(source);
  const lease = lendsMore(inner).secondLease?.();
  if (lease !== undefined) return use(new SecondInstance(lease, await lease.take()));
  const made = new LeasedFor(await inner.lease({}));
  if (made.instance !== inner.peek()) return use(made);
  await made.giveBack();
  throw noSecond(source.name);
}
