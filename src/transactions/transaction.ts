import { isThenable } from "../base/is-thenable.js";
import type { ScopeError } from "../base/errors.js";
import { timeLimit } from "../base/time-limit.js";
import type { Context } from "../context/context.js";
import type { Dependent } from "../context/dependents.js";
import { suppress } from "../context/end.js";
import type { Entry } from "../context/entry.js";
import { current } from "../context/run.js";
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
  usedBeside,
} from "./errors.js";
import { Flow } from "./flow.js";
import type { Hold } from "./hold.js";
import { Hooks } from "./hooks.js";
import { inTime } from "./in-time.js";
import { beginOptionsOf, type TransactionOptions } from "./options.js";
import type { BeginOptions } from "../scopes/in-transaction/driver.js";
import { OF_TRANSACTION, ofSavepoint, type Verbs } from "./verbs.js";

/** So long a rollback may take, with what still runs before it; and no longer than the transaction itself might. */
const LONGEST_ROLLBACK_MS = 5_000;

/** So long it waits after its body for the end of a stream, where there is no other limit. */
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
  /** As it was begun; what is nested is as what it is nested in. */
  readonly beginOptions: BeginOptions;
  /** In which it is nested. */
  readonly parent: Transaction | undefined;
  readonly level: number;
  readonly #context: Context = current()!;
  readonly #verbs: Verbs;
  #hooks: Hooks | undefined;
  /** A nested one that is open: nobody else may use the instance meanwhile. */
  #child: Transaction | undefined;
  /** What had joined it, or was nested in it, has failed in such a way that it cannot be committed. */
  #doom: { readonly why: string; readonly cause: unknown } | undefined;
  /** The server goes on without a transaction. */
  #isGone = false;
  #over: Promise<void> | undefined;
  #isFree: (() => void) | undefined;
  /** It is not going to be committed, nor is what is nested in it. */
  #isRollingBack = false;
  /** Why it ended before its body did. */
  #interruption: ScopeError | undefined;
  #interrupt: ((reason: unknown) => void) | undefined;
  #liftLimit: (() => void) | undefined;
  /** The context has not ended it. */
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

  /** Made when somebody asks while it is open: mostly nobody waits. */
  get over(): Promise<void> {
    return (this.#over ??= new Promise((resolve) => (this.#isFree = resolve)));
  }

  /** From now on the instance is its own, and the end of the context ends it. */
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

  /** Its life, with its hooks. @returns what the body returns */
  async run<R>(fn: () => R | PromiseLike<R>): Promise<R> {
    let result: R;
    try {
      this.#limit();
      await this.#until(this.#say(this.#verbs.begin));
      this.#assertUninterrupted();
      result = await this.#until(this.enter(fn));
      this.#bodyEnded();
      if (!this.calls.isSettled) await this.#until(this.#callsSettled());
      this.#assertMayCommit();
      if ((await this.#commit()) === false) throw this.#rolledBackByServer();
    } catch (error) {
      return this.#fail(error);
    }
    const rest = this.#ended("commit");
    if (rest !== undefined) await rest;
    return result;
  }

  #limit(): void {
    const { timeoutMs } = this.options;
    if (timeoutMs === undefined) return;
    this.#liftLimit = timeLimit(timeoutMs, () => {
      this.interrupt(transactionTimeout(this.service, timeoutMs, "was not over"));
    });
  }

  /** Says something to the driver. In turn, where only one call may run at a time. */
  #say(verb: Verbs["begin"]): unknown {
    const { driver } = this.source;
    if (this.hold.isPlain) return verb(driver, this.hold.instance, this.beginOptions);
    const run = (instance: object): unknown => verb(driver, instance, this.beginOptions);
    return this.hold.perform({ member: "transaction", isCall: true, deferrable: true, run });
  }

  /** Waits for something, unless it is interrupted before. */
  #until<R>(pending: R | PromiseLike<R>): R | Promise<R> {
    if (!isThenable(pending)) return pending;
    return new Promise((resolve, reject) => {
      this.#interrupt = reject;
      pending.then(resolve, reject);
    });
  }

  #assertUninterrupted(): void {
    if (this.#interruption !== undefined) throw this.#interruption;
  }

  /** Ends it before its body does; what that still calls is refused. */
  interrupt(reason: ScopeError): void {
    this.isOpen = false;
    this.#isRollingBack = true;
    this.#interruption ??= reason;
    this.endedBy ??= reason;
    this.#child?.interrupt(reason);
    this.#interrupt?.(reason);
  }

  /** What was begun inside and goes on is late. */
  #bodyEnded(): void {
    this.#assertUninterrupted();
    this.isOpen = false;
    this.#child?.interrupt(transactionEnded(this.service, undefined, undefined));
    this.calls.cut(() => this.endedError());
  }

  /** A stream that nobody reads would never come to its end. */
  #callsSettled(): Promise<void> {
    if (this.calls.hasStreams)
      this.#liftLimit ??= timeLimit(LONGEST_STREAM_MS, () => {
        this.interrupt(transactionTimeout(this.service, LONGEST_STREAM_MS, "waited for a stream that was not over"));
      });
    return this.calls.settled();
  }

  #assertMayCommit(): void {
    this.#assertUninterrupted();
    for (const signal of this.#context.signals) signal.throwIfAborted();
    if (this.#doom !== undefined) throw rolledBack(this.service, this.#doom.why, this.#doom.cause);
    this.hold.assertThere("transaction");
  }

  /** From here on it is the server's. */
  #commit(): unknown {
    this.#liftLimit?.();
    this.#interrupt = undefined;
    const said = this.#say(this.#verbs.commit);
    const { timeoutMs } = this.options;
    return timeoutMs === undefined
      ? said
      : inTime(said, timeoutMs, () => transactionTimeout(this.service, timeoutMs, UNKNOWN_OUTCOME));
  }

  #rolledBackByServer(): ScopeError {
    this.#isGone = true;
    return rolledBack(this.service, BY_SERVER);
  }

  async #fail(error: unknown): Promise<never> {
    this.#liftLimit?.();
    const isInterrupted = error === this.#interruption && this.parent === undefined;
    this.isOpen = false;
    this.#isRollingBack = true;
    this.endedBy ??= error;
    this.#child?.interrupt(transactionEnded(this.service, undefined, error));
    this.calls.cut(() => this.endedError());
    const undone = this.#undo();
    if (!isInterrupted) throw suppress(error, await undone);
    // Who is told that time is up, or that the context has ended, need not wait for the rest, but finds its errors when they come.
    void undone.then((errors) => suppress(error, errors));
    throw error;
  }

  /** @returns the errors that this brought */
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
    // With what it is nested in it goes too.
    const { parent } = this;
    if (!this.#isGone && (parent === undefined || !parent.#isRollingBack)) await this.#say(this.#verbs.rollback);
  }

  /** It could not be rolled back, so that it will not be, but by the end of the connection or of what it is nested in. */
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

  /** It cannot be committed any more; what its body does goes on undisturbed. */
  doom(cause: unknown, why = FAILED_INSIDE): void {
    this.#doom ??= { why, cause };
  }

  /** The nested one that is open, for which those beside it wait. */
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

  /** The server goes on without it. */
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

/** With all in which it is nested. */
function lose(innermost: Transaction, error: unknown): void {
  for (let each: Transaction | undefined = innermost; each !== undefined; each = each.parent) each.lost(error);
}

const UNKNOWN_OUTCOME = "was to be committed, and it is not known whether it was: no answer came";
