import { isNativePromise } from "../base/native-promise.js";
import { timeLimit } from "../base/time-limit.js";
import { Life } from "./life.js";

/** A response, as its end is seen here. */
export interface Answer {
  /** Whether the head was sent. */
  readonly headersSent?: boolean;
  /** Ends the response. */
  end: (...args: never[]) => unknown;
}

/** What is called for a request. */
export interface Handler {
  /** Goes on with the request, inside the context. */
  call(): unknown;
}

/**
 * When a request is over: its response has closed, and its handler has settled.
 *
 * ```text
 *                                     the handler gave a promise   it gave nothing
 * closed, the head was sent           when that has settled        at once
 * closed, the socket was handed over  when that has settled        at once
 * closed, the client left before      when that has settled        when it attempts to answer, at the latest after leftMs
 * not closed                          if it failed unanswered      if it threw unanswered
 * ```
 *
 * A stream that the client has cancelled never calls `end`. So if the head was sent, `close` is enough.
 */
export abstract class ExactLife extends Life {
  readonly #answer: Answer;
  readonly #leftMs: number;
  /** How many promises of handlers have not settled. */
  #running = 0;
  /** A handler has returned a promise, which tells when it is done. */
  #isTold = false;
  #isClosed = false;
  /** A handler has failed: no answer will come, unless the head was sent. */
  #isGivenUp = false;

  constructor(answer: Answer, leftMs: number) {
    super();
    this.#answer = answer;
    this.#leftMs = leftMs;
  }

  /** Whether somebody else, as a WebSocket, had its socket: there is no attempt to answer to wait for. */
  protected abstract isHandedOver(): boolean;

  /**
   * Calls a handler.
   *
   * @returns what it returned. A promise is returned as another one with the same outcome, so that its rejection still counts as
   * unhandled
   */
  protected call(handler: Handler): unknown {
    let result: unknown;
    try {
      result = handler.call();
    } catch (error) {
      this.#giveUp(error);
      this.#check();
      throw error;
    }
    return result !== undefined && isNativePromise<unknown>(result) ? this.#await(result) : result;
  }

  #await(pending: Promise<unknown>): Promise<unknown> {
    this.#isTold = true;
    this.#running++;
    const settled = (): void => {
      this.#running--;
      this.#check();
    };
    pending.then(settled, (error: unknown) => {
      this.#giveUp(error);
      settled();
    });
    return pending.then((value) => value);
  }

  #giveUp(error: unknown): void {
    this.#isGivenUp = true;
    this.failed(error);
  }

  /**
   * The response has closed: nothing can be sent any more.
   *
   * @param isHeadSent - whether its head was sent before
   */
  protected closed(isHeadSent: boolean): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#isTold || isHeadSent || this.isHandedOver()) this.#check();
    else this.#awaitAttempt();
  }

  #check(): void {
    if (this.#running > 0) return;
    if (this.#isClosed || (this.#isGivenUp && this.#answer.headersSent !== true)) this.finish();
  }

  /** Only an attempt to answer the client that has left tells that the handler is done. */
  #awaitAttempt(): void {
    const finish = (): void => {
      lift();
      this.#check();
    };
    const lift = timeLimit(this.#leftMs, finish, false);
    const answer = this.#answer;
    const { end } = answer;
    answer.end = function (this: unknown, ...args: never[]): unknown {
      try {
        return Reflect.apply(end, this, args);
      } finally {
        finish();
      }
    };
  }
}
