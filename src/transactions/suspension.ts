import type { ScopeError } from "../base/errors.js";
import { als, type StoreInContext } from "../context/store.js";
import type { TransactionalSource } from "../scopes/in-transaction/transactional-source.js";
import { releasedInside, transactionEnded } from "./errors.js";
import { CallsInside } from "./calls-inside.js";
import { Flow } from "./flow.js";
import type { Hold } from "./hold.js";

/** `not-supported` inside a transaction: the body has a second instance, and no transaction. */
export class Suspension extends Flow {
  readonly #over: Promise<void>;
  #isOver!: () => void;

  constructor(source: TransactionalSource, hold: Hold, around: StoreInContext) {
    super(source, hold, around, new CallsInside());
    this.#over = new Promise((resolve) => (this.#isOver = resolve));
    hold.useUntil(this.#over);
  }

  async run<R>(fn: () => R | PromiseLike<R>): Promise<R> {
    try {
      return await als.run(this.inside, async () => fn());
    } finally {
      this.isOpen = false;
      this.calls.cut();
      await this.#transactionOver();
      await this.calls.allSettled();
      this.#isOver();
      await this.#over;
      await this.hold.giveBack();
    }
  }

  /** A transaction that the body has begun on the second instance, and did not await, is too late: it must not go to the next holder. */
  async #transactionOver(): Promise<void> {
    const open = this.source.openOn(this.hold.instance);
    const over = open?.over;
    open?.interrupt(transactionEnded(this.service, undefined, undefined));
    await over;
  }

  /** The body may have begun a transaction on the second instance. */
  override assertUsable(member: PropertyKey | undefined): void {
    super.assertUsable(member);
    const open = this.source.openOn(this.hold.instance);
    if (open !== undefined) throw open.useError(member);
  }

  override plainly(): object | undefined {
    return this.source.openOn(this.hold.instance) === undefined ? super.plainly() : undefined;
  }

  override releaseError(): ScopeError {
    return releasedInside(this.service);
  }

  override callFailed(): void {}
}
