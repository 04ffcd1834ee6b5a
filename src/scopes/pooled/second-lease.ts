import type { Source } from "../../proxy/source.js";
import type { Context } from "../../context/context.js";
import { contextOfTouch } from "../context-of-touch.js";
import { ContextLease, type Lender } from "./context-lease.js";

/** What a source has besides if a context may hold more than one of its instances. */
export interface LendsMore {
  readonly concurrency?: "allow" | "serialize" | "throw";
  /** A context's own lease, if it has one. */
  leasedIn?(context: Context): ContextLease | undefined;
  /** A second lease for the current context. */
  secondLease(): SecondLease;
}

/** A source as {@link LendsMore}, as far as it is one. */
export function lendsMore(source: Source): Partial<LendsMore> {
  return source as Source & Partial<LendsMore>;
}

/**
 * One more instance for a context that may hold one already. The context's touches do not find it. Deadlock detection counts it
 * as the context's, and it ends with the context at the latest.
 */
export class SecondLease extends ContextLease {
  #isOver = false;

  /** @throws ScopeError as a touch does */
  static of(lender: Lender): SecondLease {
    const context = contextOfTouch("pooled", lender.service.name, undefined);
    context.assertOpen(lender.service.name);
    return new this(lender, context);
  }

  /** Acquires an instance, and waits for one if need be. */
  take(): object | Promise<object> {
    return this.tryTake() ?? this.later();
  }

  /** Whether calls need neither take turns nor be tracked. */
  get isPlain(): boolean {
    return (lendsMore(this.source).concurrency ?? "allow") === "allow" && this.context.running === undefined;
  }

  override end(discard = false): void | Promise<void> {
    this.#isOver = true;
    return super.end(discard);
  }

  /** Gives it back, unless the context has ended it before. */
  async giveBack(discard: boolean): Promise<void> {
    if (!this.#isOver) await this.release(discard);
    else if (discard) this.condemn();
  }

  protected override show(): void {}

  protected override hide(): void {}
}
