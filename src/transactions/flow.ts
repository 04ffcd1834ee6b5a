import { InnerStore } from "../context/inner-store.js";
import type { StoreInContext } from "../context/store.js";
import type { ScopeError } from "../base/errors.js";
import type { Operation } from "../proxy/source.js";
import type { Frame } from "../scopes/in-transaction/frame.js";
import type { TransactionalSource } from "../scopes/in-transaction/transactional-source.js";
import type { Follower, Turn } from "../scopes/pooled/returned-promises.js";
import type { CallsInside } from "./calls-inside.js";
import { transactionEnded } from "./errors.js";
import type { Hold } from "./hold.js";

/** The async flow of a body. In it the proxy means the instance that is held for the body. */
export abstract class Flow implements Frame, Follower {
  readonly source: TransactionalSource;
  readonly hold: Hold;
  /** The store around the body. */
  protected readonly around: StoreInContext;
  /** The body has not settled. */
  isOpen = true;
  /** Why it is not committed: the cause of the errors of later calls. */
  endedBy: unknown = undefined;
  protected readonly calls: CallsInside;
  /** Calls need nothing around them now. */
  protected isPlain: boolean;

  constructor(source: TransactionalSource, hold: Hold, around: StoreInContext, calls: CallsInside) {
    this.source = source;
    this.hold = hold;
    this.around = around;
    this.calls = calls.flowBegan(this);
    this.isPlain = this.allowsPlain;
  }

  /** The driver sees no errors of calls, and the instance takes them as they come. */
  protected get allowsPlain(): boolean {
    return this.source.driver.isEndedBy === undefined && this.hold.isPlain;
  }

  get outer(): Frame | undefined {
    return this.around.transaction as Frame | undefined;
  }

  get service(): string {
    return this.source.name;
  }

  /** The store in which the body runs. */
  protected get inside(): InnerStore {
    const { context, construction, call } = this.around;
    return new InnerStore(context, construction, call, this);
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
    if (!operation.isCall) return operation.run(this.hold.instance, this);
    try {
      return this.hold.perform(operation, this);
    } catch (error) {
      this.callFailed(error);
      throw error;
    }
  }

  /** A context with `graceMs` waits for calls on what it has in its slots. */
  get slot(): number | undefined {
    return this.hold.slot;
  }

  plainly(): object | undefined {
    return this.isPlain && this.isOpen && this.hold.isThere ? this.hold.instance : undefined;
  }

  returned(result: object, _: PropertyKey, turn?: Turn): unknown {
    return this.calls.track(result, turn);
  }

  /** The end of the body waits for the call, so that it gets its turn. */
  queued(result: object): unknown {
    return this.calls.track(result);
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

  endedError(member?: PropertyKey): ScopeError {
    return transactionEnded(this.service, member, this.endedBy);
  }

  abstract releaseError(): ScopeError;

  /** A call inside has thrown, or its promise was rejected. */
  abstract callFailed(error: unknown): void;
}
