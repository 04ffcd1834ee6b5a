import { enter } from "../context/enter.js";
import { InnerStore } from "../context/inner-store.js";
import type { Context } from "../context/context.js";
import { als } from "../context/store.js";
import type { ScopeError } from "../base/errors.js";
import { isThenable } from "../base/is-thenable.js";
import type { Operation } from "../proxy/source.js";
import { currentFrame, type Frame } from "../scopes/in-transaction/frame.js";
import type { TransactionalSource } from "../scopes/in-transaction/transactional-source.js";
import { CallsInside } from "./calls-inside.js";
import { transactionEnded } from "./errors.js";
import type { Hold } from "./hold.js";

/** The async flow of a body. In it the proxy means the instance that is held for the body. */
export abstract class Flow implements Frame {
  readonly source: TransactionalSource;
  readonly outer = currentFrame();
  readonly hold: Hold;
  /** The body has not settled. */
  isOpen = true;
  /** Why it is not committed: the cause of the errors of later calls. */
  endedBy: unknown = undefined;
  protected readonly calls: CallsInside;

  constructor(source: TransactionalSource, hold: Hold) {
    this.source = source;
    this.hold = hold;
    this.calls = new CallsInside(this);
  }

  get service(): string {
    return this.source.name;
  }

  /** Runs the body in the flow. A thenable that begins its work when it is awaited does so inside. */
  protected enter<R>(fn: () => R | PromiseLike<R>): R | PromiseLike<R> {
    const store = als.getStore() as Context | InnerStore;
    return enter(new InnerStore(store.context, store.construction, store.call, this), runBody<R>, fn, undefined);
  }

  acquireNow(member: PropertyKey | undefined): object {
    this.assertUsable(member);
    return this.hold.instance;
  }

  peek(): object | undefined {
    return this.isOpen ? this.hold.instance : undefined;
  }

  perform(operation: Operation): unknown {
    this.assertUsable(operation.member);
    if (!operation.isCall) return operation.run(this.hold.instance, this.hold);
    let result: unknown;
    try {
      result = this.hold.perform(operation);
    } catch (error) {
      this.callFailed(error);
      throw error;
    }
    return this.calls.track(result);
  }

  plainly(): object | undefined {
    const { hold } = this;
    return hold.isPlain && this.source.driver.isEndedBy === undefined && this.isUsable ? hold.instance : undefined;
  }

  returned(result: object): unknown {
    return this.calls.track(result);
  }

  protected get isUsable(): boolean {
    return this.isOpen && this.hold.isThere;
  }

  /** @throws ScopeError if no call is allowed now */
  assertUsable(member: PropertyKey | undefined): void {
    this.assertOpen(member);
    this.hold.assertThere(member);
  }

  /** @throws ScopeError `TRANSACTION_ENDED` */
  assertOpen(member?: PropertyKey): void {
    if (!this.isOpen) throw this.endedError(member);
  }

  protected endedError(member?: PropertyKey): ScopeError {
    return transactionEnded(this.service, member, this.endedBy);
  }

  abstract releaseError(): ScopeError;

  /** A call inside has thrown, or its promise was rejected. */
  abstract callFailed(error: unknown): void;
}

function runBody<R>(_: InnerStore, fn: () => R | PromiseLike<R>): R | PromiseLike<R> {
  const result = fn();
  return isThenable(result) ? Promise.resolve(result) : result;
}
