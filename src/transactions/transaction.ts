import type { ScopeError } from "../base/errors.js";
import type { Context } from "../context/context.js";
import type { Dependent } from "../context/dependents.js";
import { suppress } from "../context/end.js";
import type { Entry } from "../context/entry.js";
import { current } from "../context/run.js";
import type { BeginOptions } from "../scopes/in-transaction/driver.js";
import type { OpenTransaction } from "../scopes/in-transaction/frame.js";
import type { TransactionalSource } from "../scopes/in-transaction/transactional-source.js";
import {
  BY_SERVER,
  endedUnder,
  FAILED_INSIDE,
  releasedInside,
  rolledBack,
  transactionEnded,
  transactionTimeout,
  UNKNOWN_OUTCOME,
  usedBeside,
} from "./errors.js";
import { Flow } from "./flow.js";
import type { Hold } from "./hold.js";
import { Hooks } from "./hooks.js";
import { inTime } from "./in-time.js";
import { Interruption } from "./interruption.js";
import { beginOptionsOf, type TransactionOptions } from "./options.js";
import { OF_TRANSACTION, ofSavepoint, tell, type Verbs } from "./verbs.js";

/** A rollback may take so long, with what still runs before it, but no longer than the transaction itself might. */
const LONGEST_ROLLBACK_MS = 5_000;

/** After its body, a transaction without a time-out waits so long for the end of streams. */
const LONGEST_STREAM_MS = 30_000;

let begun = 0;

/**
 * One transaction, or the savepoint of a nested one, from its begin to its end.
 *
 *     begin ──▶ open ── the body ends ──▶ what it called settles ──▶ COMMIT ──▶ free ──▶ afterCommit
 *       └─────────┴──── fails, time is up, the context ends ──┴────────┴─────▶ ROLLBACK ──▶ free ──▶ afterRollback
 *                                                                                 └── fails ──▶ the instance is destroyed
 */
export class Transaction extends Flow implements OpenTransaction, Entry {
  readonly id = ++begun;
  readonly options: TransactionOptions;
  /** How it was begun. A nested one has those of the outermost. */
  readonly beginOptions: BeginOptions;
  /** The transaction in which it is nested. */
  readonly parent: Transaction | undefined;
  readonly level: number;
  readonly #context: Context = current()!;
  readonly #verbs: Verbs;
  #hooks: Hooks | undefined;
  /** The nested one that is open. Meanwhile nothing else may use the instance. */
  #child: Transaction | undefined;
  /** Why it cannot be committed: something that joined it, or was nested in it, has failed. */
  #doom: { readonly why: string; readonly cause: unknown } | undefined;
  /** The server has ended it already. */
  #isGone = false;
  #over: Promise<void> | undefined;
  #isFree: (() => void) | undefined;
  /** It will be rolled back, and what is nested in it goes with it. */
  #isRollingBack = false;
  readonly #interruption = new Interruption(this);
  /** The context holds it, and would end it. */
  #isHeld = false;
  above: Entry | undefined;
  below: Entry | undefined;

  constructor(source: TransactionalSource, hold: Hold, options: TransactionOptions, parent?: Transaction) {
    super(source, hold);
    this.options = options;
    this.beginOptions = parent?.beginOptions ?? beginOptionsOf(options);
    this.parent = parent;
    this.level = parent === undefined ? 0 : parent.level + 1;
    this.#verbs = parent === undefined ? OF_TRANSACTION : ofSavepoint(this.level);
    if (parent === undefined) this.#occupy();
    else parent.#nest(this);
  }

  get hooks(): Hooks {
    return (this.#hooks ??= new Hooks());
  }

  /** Resolves when the instance is free. Made only if somebody asks while the transaction is open. */
  get over(): Promise<void> {
    return (this.#over ??= new Promise((resolve) => (this.#isFree = resolve)));
  }

  /** Marks the instance as its own. From now on, the end of the context ends the transaction. */
  #occupy(): void {
    this.source.open.set(this.hold.instance, this);
    this.#context.hold(this);
    this.#isHeld = true;
  }

  #nest(child: Transaction): void {
    this.#child = child;
    this.calls.track(child.over);
  }

  get dependent(): Dependent | undefined {
    return undefined;
  }

  /** Runs the whole transaction, with its hooks. @returns what the body returns */
  async run<R>(fn: () => R | PromiseLike<R>): Promise<R> {
    let result: R;
    try {
      this.#interruption.limit(this.options.timeoutMs, (ms) => transactionTimeout(this.service, ms, "was not over"));
      await this.#interruption.until(this.#tell(this.#verbs.begin));
      this.#interruption.throwIfCome();
      result = await this.#interruption.until(this.enter(fn));
      this.#bodyEnded();
      if (!this.calls.isSettled) await this.#interruption.until(this.#callsSettled());
      this.#assertMayCommit();
      if ((await this.#commit()) === false) throw this.#rolledBackByServer();
    } catch (error) {
      return this.#fail(error);
    }
    const rest = this.#ended("commit");
    if (rest !== undefined) await rest;
    return result;
  }

  #tell(verb: Verbs["begin"]): unknown {
    return tell(this.source.driver, verb, this.hold, this.beginOptions);
  }

  /** Ends the transaction before its body does. What the body still calls is refused. */
  interrupt(reason: ScopeError): void {
    this.isOpen = false;
    this.#isRollingBack = true;
    this.endedBy ??= reason;
    this.#child?.interrupt(reason);
    this.#interruption.come(reason);
  }

  /** Work that was begun inside and still goes on is too late. */
  #bodyEnded(): void {
    this.#interruption.throwIfCome();
    this.isOpen = false;
    this.#child?.interrupt(transactionEnded(this.service, undefined, undefined));
    this.calls.cut(() => this.endedError());
  }

  /** Waits for what was called inside; for a stream not for ever, since one that is not read never ends. */
  #callsSettled(): Promise<void> {
    if (this.calls.hasStreams) {
      const waited = "waited for a stream that was not over";
      this.#interruption.limit(LONGEST_STREAM_MS, (ms) => transactionTimeout(this.service, ms, waited));
    }
    return this.calls.settled();
  }

  #assertMayCommit(): void {
    this.#interruption.throwIfCome();
    for (const signal of this.#context.signals) signal.throwIfAborted();
    if (this.#doom !== undefined) throw rolledBack(this.service, this.#doom.why, this.#doom.cause);
    this.hold.assertThere("transaction");
  }

  /** Sends the commit: from here on the server decides. */
  #commit(): unknown {
    this.#interruption.release();
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

  async #fail(error: unknown): Promise<never> {
    this.#interruption.liftLimit();
    const isInterrupted = this.#interruption.isReason(error) && this.parent === undefined;
    this.isOpen = false;
    this.#isRollingBack = true;
    this.endedBy ??= error;
    this.#child?.interrupt(transactionEnded(this.service, undefined, error));
    this.calls.cut(() => this.endedError());
    const undone = this.#undo();
    if (!isInterrupted) throw suppress(error, await undone);
    // The caller of an interrupted one need not wait for the rollback. Its errors are added when they come.
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
      await this.#giveUp(error).catch((failure: unknown) => errors.push(failure));
    }
    await this.#ended("rollback");
    return errors;
  }

  async #rollBack(): Promise<void> {
    await this.calls.settled();
    // If what it is nested in is rolled back, it goes with that.
    const { parent } = this;
    if (!this.#isGone && (parent === undefined || !parent.#isRollingBack)) await this.#tell(this.#verbs.rollback);
  }

  /** The rollback failed: the end of the connection, or the rollback of what it is nested in, will do it. */
  async #giveUp(cause: unknown): Promise<void> {
    if (this.parent === undefined) await this.hold.discard();
    else this.parent.doom(cause, "what was nested in it could not be rolled back");
  }

  #ended(outcome: "commit" | "rollback"): Promise<void> | undefined {
    const { parent } = this;
    if (parent !== undefined) {
      parent.#child = undefined;
      if (this.#hooks !== undefined) parent.hooks.joinAfter(outcome, this.#hooks);
      this.#isFree?.();
      return undefined;
    }
    this.source.open.delete(this.hold.instance);
    if (this.#isHeld) this.#context.drop(this);
    this.#isHeld = false;
    this.#isFree?.();
    const back = this.hold.giveBack();
    return back === undefined && this.#hooks === undefined ? undefined : this.#afterwards(back, outcome);
  }

  async #afterwards(back: Promise<void> | undefined, outcome: "commit" | "rollback"): Promise<void> {
    await back;
    await this.#hooks?.run(this.service, outcome);
  }

  /** From now on it cannot be committed. Its body goes on undisturbed. */
  doom(cause: unknown, why = FAILED_INSIDE): void {
    this.#doom ??= { why, cause };
  }

  /** The nested one that is open. Others that want to nest wait for it. */
  get child(): Transaction | undefined {
    return this.#child;
  }

  override assertUsable(member: PropertyKey | undefined): void {
    super.assertUsable(member);
    if (this.#child !== undefined) throw usedBeside(this.service, member, "nested transaction");
    if (this.#isGone) throw rolledBack(this.service, this.#doom!.why, this.#doom!.cause);
  }

  protected override get isUsable(): boolean {
    return super.isUsable && this.#child === undefined && !this.#isGone;
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

  useError(member: PropertyKey | undefined): ScopeError {
    return usedBeside(this.service, member, "transaction");
  }

  override releaseError(): ScopeError {
    return this.isOpen ? releasedInside(this.service) : this.endedError("release");
  }

  /** The context ends. */
  end(): Promise<void> | undefined {
    this.#isHeld = false;
    const isSeenTo = this.hold.useUntil(this.over);
    this.interrupt(endedUnder(this.service, this.#context.name));
    return isSeenTo ? undefined : this.over;
  }
}

/** The server has ended a transaction, and all those in which it is nested. */
function lose(innermost: Transaction, error: unknown): void {
  for (let each: Transaction | undefined = innermost; each !== undefined; each = each.parent) each.lost(error);
}
