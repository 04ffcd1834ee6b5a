import type { Current } from "../../context/store.js";
import type { HolderInfo, ScopeError } from "../../base/errors.js";
import type { Lease, LeaseOptions, Operation, ReleaseOptions, Source } from "../../proxy/source.js";
import { perform, takeFrom } from "../../proxy/use-source.js";
import type { BindingPool, Pooling } from "../pooled/binding-pool.js";
import type { SelectedSource } from "../selecting.js";
import type { TransactionDriver } from "./driver.js";
import { type Frame, frameOf, type OpenTransaction } from "./frame.js";

/** What transactions note of an instance. It is kept as long as the instance, so that a transaction need not make it anew. */
export interface Occupancy {
  /** The one that is open. */
  transaction: OpenTransaction | undefined;
  /** The calls inside, see `transactions/calls-inside.ts`. */
  calls: unknown;
}

/**
 * The source of a service with the option `transactions`. In the flow of a transaction the proxy means the transaction's
 * instance; calls from outside are refused while the transaction is open. Services without the option have no such source.
 */
export class TransactionalSource implements Source {
  readonly name: string;
  /** The source of the instances. */
  readonly inner: Source;
  readonly driver: TransactionDriver;
  readonly #occupancies = new WeakMap<object, Occupancy>();

  constructor(name: string, inner: Source, driver: TransactionDriver) {
    this.name = name;
    this.inner = inner;
    this.driver = driver;
  }

  /** The notes on an instance of this source. */
  occupancyOf(instance: object): Occupancy {
    let occupancy = this.#occupancies.get(instance);
    if (occupancy === undefined)
      this.#occupancies.set(instance, (occupancy = { transaction: undefined, calls: undefined }));
    return occupancy;
  }

  /** The transaction that is open on an instance. */
  openOn(instance: object): OpenTransaction | undefined {
    return this.#occupancies.get(instance)?.transaction;
  }

  get order(): number {
    return this.inner.order!;
  }

  get bindingPool(): BindingPool | undefined {
    return (this.inner as Source & Partial<Pooling>).bindingPool;
  }

  get select(): SelectedSource["select"] | undefined {
    return (this.inner as Partial<SelectedSource>).select;
  }

  get sources(): (() => Iterable<Source>) | undefined {
    return (this.inner as Partial<SelectedSource>).sources;
  }

  intercept(operation: Operation): unknown {
    const frame = frameOf(this);
    if (frame !== undefined) return frame.perform(operation);
    // Reading data does no harm. But what `unwrap` returns is called without us.
    if (!operation.isCall && operation.member !== "unwrap") return perform(this.name, this.inner, operation);
    return perform(this.name, this.inner, {
      ...operation,
      // The operation may have waited, and a transaction may have begun meanwhile.
      run: (instance, source) => {
        const open = this.openOn(instance);
        if (open !== undefined) throw open.useError(operation.member);
        return operation.run(instance, source);
      },
    });
  }

  /** Only inside a transaction: a call from outside has to look for open ones. */
  plainly(_: PropertyKey, store: Current): object | undefined {
    const frame = store?.transaction as Frame | undefined;
    return frame?.source === this ? frame.plainly() : undefined;
  }

  /** Notes the result of such a call. @returns what the caller gets */
  returned(result: object, member: PropertyKey, store?: Current): unknown {
    const frame = frameOf(this, store);
    return frame === undefined ? result : frame.returned(result, member);
  }

  acquireNow(member?: PropertyKey): object | undefined {
    const frame = frameOf(this);
    return frame === undefined ? this.inner.acquireNow(member) : frame.acquireNow(member);
  }

  acquire(): Promise<object> {
    return this.inner.acquire();
  }

  unavailableError(member?: PropertyKey): ScopeError {
    return this.inner.unavailableError(member);
  }

  async ready(): Promise<void> {
    const frame = frameOf(this);
    if (frame === undefined) await takeFrom(this.name, this.inner);
    else frame.acquireNow(undefined);
  }

  peek(): object | undefined {
    const frame = frameOf(this);
    return frame === undefined ? this.inner.peek() : frame.peek();
  }

  has(): boolean {
    const frame = frameOf(this);
    if (frame !== undefined) return frame.peek() !== undefined;
    return this.inner.has?.() ?? this.inner.peek() !== undefined;
  }

  async release(options: ReleaseOptions): Promise<void> {
    const instance = this.inner.peek();
    const inUse = frameOf(this) ?? (instance === undefined ? undefined : this.openOn(instance));
    if (inUse !== undefined) throw inUse.releaseError();
    await this.inner.release(options);
  }

  lease(options: LeaseOptions): Promise<Lease<object>> {
    return this.inner.lease(options);
  }

  leases(): readonly HolderInfo[] {
    return this.inner.leases?.() ?? [];
  }

  close(): void | Promise<void> | undefined {
    return this.inner.close();
  }
}

/** The source with its driver, if it has one. */
export function withTransactions(name: string, source: Source, driver: TransactionDriver | undefined): Source {
  return driver === undefined || source instanceof TransactionalSource
    ? source
    : new TransactionalSource(name, source, driver);
}

/** The transactional source behind a source, also if that selects among several; `undefined` without a driver. */
export function transactionalSourceOf(source: Source): TransactionalSource | undefined {
  if (source instanceof TransactionalSource) return source;
  const { select } = source as Partial<SelectedSource>;
  return select === undefined ? undefined : transactionalSourceOf(select());
}
