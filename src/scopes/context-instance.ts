import type { Context } from "../context/context.js";
import type { Dependent } from "../context/dependents.js";
import type { Entry, Pending } from "../context/entry.js";
import { als } from "../context/store.js";
import { ScopeError } from "../base/errors.js";
import { hasCause } from "../base/has-cause.js";
import { isNativePromise } from "../base/native-promise.js";
import { oneLine } from "../base/one-line.js";
import {
  active,
  assertNoCycle,
  type Construction,
  enterConstruction,
  finish,
  noteWaiting,
} from "./creation/creation-graph.js";
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

/** One context's instance of a per-async-context service, from the start of its factory to its end. */
export class ContextInstance implements Construction, Entry, Pending {
  readonly service: string;
  instance: object | undefined = undefined;
  /** The instance, while the context ends it, if events of other instances may still call it. */
  ended: object | undefined = undefined;
  above: Entry | undefined = undefined;
  below: Entry | undefined = undefined;
  waitsFor: Set<Construction> | undefined = undefined;
  isDone = false;
  /** Itself. An instance whose factory failed on a full stack may still stand in the context's table. */
  unlessFailed: this | undefined = this;
  readonly source: Origin;
  readonly #context: Context;
  #arrival: OrderedPromise<object> | undefined = undefined;
  /** The context does not want it any more. */
  #isCancelled = false;
  /** The reason for that. */
  #reason: unknown = undefined;

  constructor(source: Origin, context: Context) {
    this.service = source.service.name;
    this.source = source;
    this.#context = context;
  }

  get dependent(): Dependent | undefined {
    return this.source.service.dependent;
  }

  /** Runs the factory. @returns the instance; nothing if it takes time */
  make(n: number): object | undefined {
    const source = this.source;
    const context = this.#context;
    const { isAsync } = source;
    const outer = enterConstruction(this);
    const before = als.getStore();
    let result: object | Promise<object>;
    try {
      context.fill(source.slot, undefined, this);
      if (isAsync) als.enterWith(storeOfFactory(this));
      result = source.service.create(n);
    } catch (error) {
      this.isDone = true;
      this.unlessFailed = undefined;
      context.clear(source.slot);
      throw creationError(this.service, error);
    } finally {
      active.construction = outer;
      if (isAsync) als.enterWith(before);
      outer?.waitsFor?.delete(this);
    }
    source.isAsync = isNativePromise(result);
    if (source.isAsync) {
      context.addPending(this);
      this.#follow(result as Promise<object>);
    } else {
      this.#arrived(result);
    }
    // The factory has removed its own binding. What it made ends with the context.
    if (source.isClosed) throw unbound(source.service);
    return this.instance;
  }

  #follow(pending: Promise<object>): void {
    pending.then(
      (instance: object) => this.#resolve(instance),
      (error: unknown) => this.#failed(error),
    );
  }

  now(): object | undefined {
    if (this.instance === undefined) assertNoCycle(this);
    return this.instance;
  }

  later(): Promise<object> {
    noteWaiting(this);
    this.#arrival ??= new OrderedPromise((instance) => this.#arrived(instance));
    return this.#arrival.promise;
  }

  #resolve(instance: object): void {
    const arrival = this.#arrival;
    if (arrival !== undefined && !this.#isCancelled && !this.source.isClosed) {
      arrival.resolve(instance);
      return;
    }
    this.#arrived(instance);
    arrival?.reject(unbound(this.source.service));
  }

  #arrived(instance: object): void {
    // Between the factory's promise and this reaction the context may have ended.
    if (this.#isCancelled) {
      destroyUnused(this.source.service, instance);
      return;
    }
    const context = this.#context;
    finish(this);
    this.#arrival = undefined;
    this.instance = instance;
    context.removePending(this);
    if (context.running === undefined) context.fill(this.source.slot, instance, this);
    context.hold(this);
  }

  #failed(cause: unknown): void {
    finish(this);
    const error = creationError(this.service, cause);
    this.#context.removePending(this);
    this.#context.clear(this.source.slot);
    if (this.#arrival !== undefined) this.#arrival.reject(error);
    else if (!this.#isCancelled || !hasCause(cause, (one) => isRefused(one, this.#reason)))
      warnOf(this.service, `could not be made in ${oneLine(this.#context.name)}`, cause);
  }

  cancel(reason: unknown): void {
    this.#isCancelled = true;
    this.#reason = reason;
    this.#context.clear(this.source.slot);
    this.#arrival?.reject(reason);
  }

  end(): void | Promise<void> {
    const context = this.#context;
    const instance = this.instance!;
    context.clear(this.source.slot);
    this.instance = undefined;
    if (context.state === "ending" && hasListeners(instance)) {
      this.ended = instance;
      context.noteEnded(this);
    }
    return this.source.service.destroy(instance) ?? lastEvents(instance);
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
