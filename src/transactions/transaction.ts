import type { ScopeError } from "../base/errors.js";
import { isThenable } from "../base/is-thenable.js";
import { timeLimit } from "../base/time-limit.js";
import { suppress } from "../context/end.js";
import { als, type StoreInContext } from "../context/store.js";
import type { BeginOptions } from "../scopes/in-transaction/driver.js";
import type { TransactionalSource } from "../scopes/in-transaction/transactional-source.js";
import {
  BY_SERVER,
  FAILED_INSIDE,
  releasedInside,
  rolledBack,
  transactionEnded,
  transactionTimeout,
  UNKNOWN_OUTCOME,
  usedBeside,
} from "./errors.js";
import type { CallsInside } from "./calls-inside.js";
import { Flow } from "./flow.js";
import type { Hold } from "./hold.js";
import { Hooks, type Outcome } from "./hooks.js";
import { inTime } from "./in-time.js";
import { Joined } from "./joined.js";
import type { TransactionOptions } from "./options.js";
import { OF_TRANSACTION, ofSavepoint, tell, type Verbs } from "./verbs.js";

/** A rollback may take so long, with what still runs before it, but no longer than the transaction itself might. */
const LONGEST_ROLLBACK_MS = 5_000;

/** After its body, a transaction without a time-out waits so long for the end of streams, and of what has joined. */
const LONGEST_REST_MS = 30_000;

let begun = 0;

/**
 * One transaction, or the savepoint of a nested one, from its begin to its end.
 *
 *     begin ──▶ open ── the body ends ──▶ what it called settles ──▶ COMMIT ──▶ free ──▶ afterCommit
 *       └─────────┴──── fails, time is up, the context ends ──┴────────┴─────▶ ROLLBACK ──▶ free ──▶ afterRollback
 *                                                                                 └── fails ──▶ the instance is destroyed
 */
export abstract class Transaction extends Flow {
  readonly id = ++begun;
  readonly options: TransactionOptions;
  /** How it was begun. A nested one has those of the outermost. */
  readonly beginOptions: BeginOptions;
  /** 0 for the outermost. */
  readonly level: number;
  readonly #verbs: Verbs;
  #hooks: Hooks | undefined;
  #joined: Joined | undefined;
  /** The nested one that is open. Meanwhile nothing else may use the instance. */
  #child: Transaction | undefined;
  /** Why it cannot be committed: something that joined it, or was nested in it, has failed. */
  #doom: { readonly why: string; readonly cause: unknown } | undefined;
  /** The driver was told to begin it. */
  #isBegun = false;
  /** The server has ended it already, or its rollback is given up. */
  #isGone = false;
  #over: Promise<void> | undefined;
  #isFree: (() => void) | undefined;
  /** It will be rolled back, and what is nested in it goes with it. */
  #isRollingBack = false;
  /** It is settled how it ends: the commit is sent, or it fails. Nothing interrupts it any more. */
  #isDecided = false;
  /** The end of an interrupted one. */
  #interrupted: Promise<never> | undefined;
  /** Settles what {@link run} has returned. */
  #settle!: (end: Promise<never>) => void;
  #liftLimit: (() => void) | undefined;
  /** What the driver was told last: it may take several statements. */
  #told: Promise<unknown> | undefined;

  constructor(
    source: TransactionalSource,
    hold: Hold,
    around: StoreInContext,
    calls: CallsInside,
    options: TransactionOptions,
    beginOptions: BeginOptions,
    level: number,
  ) {
    super(source, hold, around, calls);
    this.options = options;
    this.beginOptions = beginOptions;
    this.level = level;
    this.#verbs = level === 0 ? OF_TRANSACTION : ofSavepoint(level);
  }

  /** The transaction in which it is nested. */
  abstract readonly parent: Transaction | undefined;

  /** The instance is free again, but for the hooks. */
  protected abstract ended(outcome: Outcome, hooks: Hooks | undefined): Promise<void> | undefined;

  /** The rollback failed. */
  protected abstract giveUp(cause: unknown): Promise<void> | void;

  get joined(): Joined {
    return (this.#joined ??= new Joined());
  }

  get hooks(): Hooks {
    return (this.#hooks ??= new Hooks());
  }

  /** Resolves when the instance is free. Made only if somebody asks while the transaction is open. */
  get over(): Promise<void> {
    return (this.#over ??= new Promise((resolve) => (this.#isFree = resolve)));
  }

  /** Runs the whole transaction, with its hooks. @returns a promise of what the body returns, which an interruption rejects */
  run<R>(fn: () => R | PromiseLike<R>): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      this.#settle = resolve;
      // By `then`, so that errors keep their asynchronous stack.
      this.#run(fn).then(resolve, reject);
    });
  }

  async #run<R>(fn: () => R | PromiseLike<R>): Promise<R> {
    let result: R;
    try {
      this.#limit(this.options.timeoutMs, "was not over");
      await this.#begin();
      this.#assertUninterrupted();
      // This reaction is its own, so that no store has to be brought back. What follows may be inside, too.
      als.enterWith(this.inside);
      result = await fn();
      this.#bodyEnded();
      if (!this.calls.isSettled) await this.#callsSettled();
      if (this.#joined?.isOver === false) await this.#joinedOver(this.#joined);
      this.#assertMayCommit();
      if ((await this.#commit()) === false) throw this.#rolledBackByServer();
    } catch (error) {
      return this.#interrupted ?? this.#failed(error, false);
    }
    const rest = this.#ended("commit");
    if (rest !== undefined) await rest;
    return result;
  }

  #begin(): unknown {
    if (this.hold.isBusy) return this.#beginInTurn();
    this.#isBegun = true;
    return this.#tell(this.#verbs.begin);
  }

  /** It may be refused, or be interrupted before its turn: then there is nothing to roll back. */
  #beginInTurn(): unknown {
    return this.#tell((driver, instance, options) => {
      this.#assertUninterrupted();
      this.#isBegun = true;
      return this.#verbs.begin(driver, instance, options);
    });
  }

  #tell(verb: Verbs["begin"]): unknown {
    const told = tell(this.source.driver, verb, this.hold, this.beginOptions);
    // A lazy query is sent anew each time when its `then` is called.
    return isThenable(told) ? (this.#told = Promise.resolve(told)) : told;
  }

  /** Interrupts the transaction after so many milliseconds, if any, unless it has a limit already. */
  #limit(ms: number | undefined, what: string): void {
    if (ms === undefined) return;
    this.#liftLimit ??= timeLimit(ms, () => this.interrupt(transactionTimeout(this.service, ms, what)));
  }

  /** Ends the transaction before its body does: its time is up, its context ends, or what it is nested in ends. */
  interrupt(reason: ScopeError): void {
    this.isOpen = false;
    this.#isRollingBack = true;
    this.endedBy ??= reason;
    this.#child?.interrupt(reason);
    if (this.#isDecided) return;
    this.#interrupted = this.#failed(reason, this.parent === undefined);
    this.#settle(this.#interrupted);
  }

  #assertUninterrupted(): void {
    if (this.#interrupted !== undefined) throw this.endedBy;
  }

  /** Work that was begun inside and still goes on is too late. */
  #bodyEnded(): void {
    this.#assertUninterrupted();
    this.isOpen = false;
    this.#child?.interrupt(transactionEnded(this.service, undefined, undefined));
    this.calls.cut();
  }

  /** Waits for what was called inside; for a stream not for ever, since one that is not read never ends. */
  #callsSettled(): Promise<void> {
    if (this.calls.hasStreams) this.#limit(LONGEST_REST_MS, "waited for a stream that was not over");
    return this.calls.allSettled();
  }

  /** A part that nobody awaits must not be committed by half. */
  #joinedOver(joined: Joined): Promise<void> {
    this.#limit(LONGEST_REST_MS, "waited for what had joined it and was not over");
    return joined.over();
  }

  #assertMayCommit(): void {
    this.#assertUninterrupted();
    this.around.context.aborted?.throwIfAborted();
    if (this.#doom !== undefined) throw rolledBack(this.service, this.#doom.why, this.#doom.cause);
    this.hold.assertThere("transaction");
  }

  /** Sends the commit: from here on the server decides. */
  #commit(): unknown {
    this.#isDecided = true;
    this.#liftLimit?.();
    const told = this.#tell(this.#verbs.commit);
    const { timeoutMs } = this.options;
    return timeoutMs === undefined
      ? told
      : inTime(told, timeoutMs, () => transactionTimeout(this.service, timeoutMs, UNKNOWN_OUTCOME));
  }

  #rolledBackByServer(): ScopeError {
    this.#isGone = true;
    return rolledBack(this.service, BY_SERVER);
  }

  #failed(error: unknown, isAtOnce: boolean): Promise<never> {
    return als.run(this.around, () => this.#fail(error, isAtOnce));
  }

  /** @param isAtOnce - the caller need not wait for the rollback; its errors are added when they come */
  async #fail(error: unknown, isAtOnce: boolean): Promise<never> {
    this.#isDecided = true;
    this.#liftLimit?.();
    this.isOpen = false;
    this.#isRollingBack = true;
    this.endedBy ??= error;
    this.#child?.interrupt(transactionEnded(this.service, undefined, error));
    this.calls.cut();
    const undone = this.#undo();
    if (!isAtOnce) throw suppress(error, await undone);
    void undone.then((errors) => suppress(error, errors));
    throw error;
  }

  /** Rolls back, and frees the instance. @returns the errors of that */
  async #undo(): Promise<unknown[]> {
    const errors: unknown[] = [];
    try {
      const ms = Math.min(this.options.timeoutMs ?? LONGEST_ROLLBACK_MS, LONGEST_ROLLBACK_MS);
      await inTime(this.#rollBack(), ms, () => transactionTimeout(this.service, ms, "could not be rolled back"));
    } catch (error) {
      errors.push(error);
      this.#isGone = true;
      if (this.parent !== undefined) this.parent.#told = this.#told;
      try {
        await this.giveUp(error);
      } catch (failure) {
        errors.push(failure);
      }
    }
    await this.#ended("rollback");
    return errors;
  }

  async #rollBack(): Promise<void> {
    if (!this.#isBegun) return;
    // A begin or a commit that was interrupted may have more to send, which must not follow the rollback.
    await Promise.allSettled([this.#told, this.calls.allSettled()]);
    // If what it is nested in is rolled back, it goes with that.
    const { parent } = this;
    if (!this.#isGone && (parent === undefined || !parent.#isRollingBack)) await this.#tell(this.#verbs.rollback);
  }

  #ended(outcome: Outcome): Promise<void> | undefined {
    const rest = this.ended(outcome, this.#hooks);
    this.#isFree?.();
    return rest;
  }

  /** From now on it cannot be committed. Its body goes on undisturbed. */
  doom(cause: unknown, why = FAILED_INSIDE): void {
    this.#doom ??= { why, cause };
  }

  /** The nested one that is open. Others that want to nest wait for it. */
  get child(): Transaction | undefined {
    return this.#child;
  }

  nestedBegan(child: Transaction): void {
    this.#child = child;
    this.isPlain = false;
    this.calls.track(child.over);
  }

  nestedEnded(outcome: Outcome, hooks: Hooks | undefined): void {
    this.#child = undefined;
    this.isPlain = this.allowsPlain;
    if (hooks !== undefined) this.hooks.joinAfter(outcome, hooks);
  }

  override assertUsable(member: PropertyKey | undefined): void {
    super.assertUsable(member);
    if (this.#child !== undefined) throw usedBeside(this.service, member, "nested transaction");
    if (this.#isGone) throw rolledBack(this.service, this.#doom!.why, this.#doom!.cause);
  }

  override callFailed(error: unknown): void {
    try {
      if (this.source.driver.isEndedBy?.(error) === true) lose(this, error);
    } catch (failure) {
      this.doom(failure, "isEndedBy of its driver has failed");
    }
  }

  /** The server has ended it. */
  lost(cause: unknown): void {
    this.#isGone = true;
    this.doom(cause, "a statement in it has failed, by which the server has ended it");
  }

  override releaseError(): ScopeError {
    return this.isOpen ? releasedInside(this.service) : this.endedError("release");
  }
}

/** The server has ended a transaction, and all those in which it is nested. */
function lose(innermost: Transaction, error: unknown): void {
  for (let each: Transaction | undefined = innermost; each !== undefined; each = each.parent) each.lost(error);
}
