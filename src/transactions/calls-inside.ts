import type { ScopeError } from "../base/errors.js";
import { isObject } from "../base/is-object.js";
import { isBarePromise, isNativePromise } from "../base/native-promise.js";
import type { Following } from "../scopes/pooled/following.js";
import { follow, mayOutlive } from "../scopes/pooled/returned.js";
import { followPromise, type Reactions, type Turn } from "../scopes/pooled/returned-promises.js";

/** The flow in which the calls are made. */
interface Caller {
  callFailed(error: unknown): void;
  endedError(): ScopeError;
}

/** What was called inside a transaction and has not ended: the transaction's own end waits for it (law 13). */
export class CallsInside implements Reactions {
  #running = 0;
  #streams = 0;
  #onSettled: (() => void) | undefined;
  #host!: Caller;
  /** Streams and iterators. */
  #results: Map<object, Following> | undefined;

  /** A flow begins. Nothing of the last one runs any more. */
  flowBegan(host: Caller): this {
    this.#host = host;
    this.#onSettled = undefined;
    this.#results = undefined;
    return this;
  }

  /** Notes what a call has returned. @param turn - the call's, if it has one. @returns what the caller gets instead */
  track(result: object, turn?: Turn): unknown {
    if (!mayOutlive(result)) return result;
    const isBare = isBarePromise(result);
    if (!isBare && !isNativePromise(result)) return this.#watch(result);
    this.began();
    return followPromise(result, isBare, this, turn);
  }

  began(): void {
    this.#running++;
  }

  over(): void {
    this.#running--;
    this.#settle();
  }

  #settle(): void {
    if (this.isSettled) this.#onSettled?.();
  }

  readonly settled = (value: unknown): unknown => {
    const shown = isObject(value) && mayOutlive(value) ? this.#watch(value) : value;
    this.over();
    return shown;
  };

  readonly failed = (error: unknown): never => {
    this.#host.callFailed(error);
    this.over();
    throw error;
  };

  #watch(value: object): object {
    const known = this.#results?.get(value);
    if (known !== undefined) return known.value;
    const over = (): void => {
      if (this.#results?.delete(value) !== true || !isStream) return;
      this.#streams--;
      this.#settle();
    };
    const following = follow(value, over);
    if (following === undefined) return value;
    // A stream works by itself. An iterator works only while somebody asks for more.
    const isStream = following.what === "a stream";
    if (isStream) this.#streams++;
    (this.#results ??= new Map()).set(value, following);
    return following.value;
  }

  get isSettled(): boolean {
    return this.#running === 0 && this.#streams === 0;
  }

  get hasStreams(): boolean {
    return this.#streams > 0;
  }

  /** Resolves when nothing runs. */
  allSettled(): Promise<void> {
    return this.isSettled ? Promise.resolve() : new Promise((resolve) => (this.#onSettled = resolve));
  }

  /** Ends the iterators: a further `next()` gets the error. */
  cut(): void {
    if (this.#results === undefined) return;
    for (const { what, cut } of this.#results.values()) if (what === "an iterator") cut(this.#host.endedError());
  }
}
