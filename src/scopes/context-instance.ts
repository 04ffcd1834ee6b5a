import type { Context } from "../context/context.js";
import type { Dependent } from "../context/dependents.js";
import type { Entry, Pending } from "../context/entry.js";
import { als } from "../context/store.js";
import { ScopeError } from "../base/errors.js";
import { hasCause } from "../base/has-cause.js";
import { isNativePromise } from "../base/native-promise.js";
import { isThenable } from "../base/is-thenable.js";
import { oneLine } from "../base/one-line.js";
import { active, assertNoCycle, type Construction, enterConstruction, noteWaiting } from "./creation/creation-graph.js";
import { creationError } from "./creation/errors.js";
import { OrderedPromise } from "./creation/ordered-promise.js";
import { storeOfFactory } from "./creation/run-factory.js";
import { destroyUnused } from "./disposal/destroy-unused.js";
import { warnOf } from "./disposal/failures.js";
import { hasListeners, lastEvents } from "./disposal/last-events.js";
import { unbound } from "./errors.js";
import type { Service } from "./scope.js";

/** The source of the instances, as far as an instance knows it. */
interface Origin {
  readonly slot: number;
  readonly service: Service;
  /** Whether the factory may be asynchronous. Then its store notes it, for cycles after its first `await`. */
  isAsync: boolean;
  /** The binding is gone. */
  readonly isClosed: boolean;
}

/** What few instances have: it is made when the first of it is noted, so that all others are half as large. */
class Notes {
  /** The factory has returned an instance, or has failed. */
  readonly isDone: boolean;
  waitsFor: Set<Construction> | undefined = undefined;
  arrival: OrderedPromise<object> | undefined = undefined;
  /** The context does not want it any more, for that reason. */
  isCancelled = false;
  reason: unknown = undefined;
  /** The instance, while the context ends it, if events of other instances may still call it. */
  ended: object | undefined = undefined;

  constructor(isDone: boolean) {
    this.isDone = isDone;
  }
}

/** Nothing is written to these two. */
const DONE = new Notes(true);
const FAILED = new Notes(true);

/** One context's instance of a per-async-context service, from the start of its factory to its end. */
export class ContextInstance implements Construction, Entry, Pending {
  instance: object | undefined = undefined;
  above: Entry | undefined = undefined;
  below: Entry | undefined = undefined;
  readonly source: Origin;
  readonly #context: Context;
  #notes: Notes | undefined = undefined;

  constructor(source: Origin, context: Context) {
    this.source = source;
    this.#context = context;
  }

  get service(): string {
    return this.source.service.name;
  }

  get dependent(): Dependent | undefined {
    return this.source.service.dependent;
  }

  get isDone(): boolean {
    return this.#notes !== undefined && this.#notes.isDone;
  }

  get waitsFor(): Set<Construction> | undefined {
    return this.#notes?.waitsFor;
  }

  set waitsFor(constructions: Set<Construction> | undefined) {
    this.note().waitsFor = constructions;
  }

  /** An instance whose factory failed on a full stack may still stand in the context's table. */
  get hasFailed(): boolean {
    return this.#notes === FAILED;
  }

  /** The instance, while the context ends it, if events of other instances may still call it. */
  get ended(): object | undefined {
    return this.#notes!.ended;
  }

  protected note(): Notes {
    return (this.#notes ??= new Notes(false));
  }

  /** Runs the factory. @returns the instance; nothing if it takes time */
  make(n: number): object | undefined {
    const source = this.source;
    const context = this.#context;
    const { isAsync } = source;
    const before = isAsync ? als.getStore() : undefined;
    const outer = enterConstruction(this);
    let result: object | Promise<object>;
    try {
      context.fill(source.slot, undefined, this);
      if (isAsync) als.enterWith(storeOfFactory(this));
      result = source.service.create(n);
    } catch (error) {
      // Without a call, since the stack may be full.
      this.#notes = FAILED;
      context.clear(source.slot);
      throw creationError(this.service, error);
    } finally {
      active.construction = outer;
      if (isAsync) als.enterWith(before);
      outer?.waitsFor?.delete(this);
    }
    source.isAsync = isThenable(result) && isNativePromise(result);
    if (source.isAsync) {
      context.addPending(this);
      this.follow(result as Promise<object>);
    } else {
      this.show(result);
    }
    // The factory has removed its own binding. What it made ends with the context.
    if (source.isClosed) throw unbound(source.service);
    return this.instance;
  }

  protected follow(pending: Promise<object>): void {
    pending.then(
      (instance: object) => this.resolve(instance),
      (error: unknown) => this.failed(error),
    );
  }

  now(): object | undefined {
    if (this.instance === undefined) assertNoCycle(this);
    return this.instance;
  }

  later(): Promise<object> {
    noteWaiting(this);
    const notes = this.note();
    notes.arrival ??= new OrderedPromise((instance) => this.arrived(instance));
    return notes.arrival.promise;
  }

  protected resolve(instance: object): void {
    const arrival = this.#notes?.arrival;
    if (arrival !== undefined && !this.isCancelled && !this.source.isClosed) {
      arrival.resolve(instance);
      return;
    }
    this.arrived(instance);
    arrival?.reject(unbound(this.source.service));
  }

  protected arrived(instance: object): void {
    // Between the factory's promise and this reaction the context may have ended.
    if (this.isCancelled) {
      destroyUnused(this.source.service, instance);
      return;
    }
    this.#context.removePending(this);
    this.show(instance);
  }

  /** Puts it where the context's touches find it. */
  protected show(instance: object): void {
    const context = this.#context;
    this.#notes = DONE;
    this.instance = instance;
    if (context.running === undefined) context.show(this.source.slot, instance, this);
    context.hold(this);
  }

  protected get isCancelled(): boolean {
    return this.#notes !== undefined && this.#notes.isCancelled;
  }

  protected failed(cause: unknown): void {
    const { arrival, isCancelled, reason } = this.note();
    this.#notes = FAILED;
    const error = creationError(this.service, cause);
    this.#context.removePending(this);
    this.#context.clear(this.source.slot);
    if (arrival !== undefined) arrival.reject(error);
    else if (!isCancelled || !hasCause(cause, (one) => isRefused(one, reason)))
      warnOf(this.service, `could not be made in ${oneLine(this.#context.name)}`, cause);
  }

  cancel(reason: unknown): void {
    const notes = this.note();
    notes.isCancelled = true;
    notes.reason = reason;
    this.#context.clear(this.source.slot);
    notes.arrival?.reject(reason);
  }

  end(): void | Promise<void> {
    const context = this.#context;
    const instance = this.instance!;
    context.clear(this.source.slot);
    this.instance = undefined;
    const { service } = this.source;
    if (!hasListeners(instance)) return service.destroy(instance);
    if (context.state === "ending") {
      this.#notes = new Notes(true);
      this.#notes.ended = instance;
      context.noteEnded(this);
    }
    return service.destroy(instance) ?? lastEvents(instance);
  }

  async release(): Promise<void> {
    if (this.instance === undefined) return;
    this.#context.drop(this);
    await this.#context.waitFor(this.end());
  }
}

/** Whether a factory failed because its context has ended: the context refused what the factory waited for. */
function isRefused(error: unknown, reason: unknown): boolean {
  return error === reason || (error instanceof ScopeError && REFUSALS.has(error.code));
}

const REFUSALS = new Set(["CONTEXT_ENDED", "CONTEXT_ENDING"]);
