import type { AsyncResource } from "node:async_hooks";
import type { Channel, TracingChannel } from "node:diagnostics_channel";

import { newFrame } from "./async-frame.js";

/** What all operations tell. One object goes through all events of an operation, and more is known of it with each. */
export interface TraceEvent {
  /** Why it failed, if it did. */
  error?: unknown;
}

/**
 * One operation on a `TracingChannel` of Node: `start` and `end` around its synchronous part, then, once, when it is over,
 * `error` if it failed, `asyncStart` and `asyncEnd`. So `asyncEnd` ends each of them, be it synchronous or not. Node's own `trace…`
 * methods would hand the result, which is the user's object, to every listener.
 */
export class Trace<E extends TraceEvent> {
  readonly event: E;
  readonly #channel: TracingChannel;
  /** That of the operation, with what listeners have bound to its start. */
  #frame!: AsyncResource;
  #ended = false;
  /** What is told after the end: it was over before. */
  #sooner: readonly Channel[] | undefined;

  constructor(channel: TracingChannel, event: E) {
    this.#channel = channel;
    this.event = event;
  }

  /** Does its synchronous part. */
  begin<R>(fn: () => R): R {
    const { start, end } = this.#channel;
    return start.runStores(this.event, () => {
      this.#frame = newFrame();
      try {
        return fn();
      } finally {
        end.publish(this.event);
        this.#ended = true;
        if (this.#sooner !== undefined) this.#publish(this.#sooner);
      }
    });
  }

  /** It has succeeded. */
  over(): void {
    const { asyncStart, asyncEnd } = this.#channel;
    this.#publish([asyncStart, asyncEnd]);
  }

  failed(error: unknown): void {
    this.event.error = error;
    const { asyncStart, asyncEnd, error: failure } = this.#channel;
    this.#publish([failure, asyncStart, asyncEnd]);
  }

  #publish(channels: readonly Channel[]): void {
    if (!this.#ended) this.#sooner = channels;
    else for (const one of channels) this.#frame.runInAsyncScope(() => one.publish(this.event));
  }
}

/** The channels of an operation. */
export function channelsOf({ start, end, asyncStart, asyncEnd, error }: TracingChannel): Channel[] {
  return [start, end, asyncStart, asyncEnd, error] as Channel[];
}

/** Whether anybody listens to any of them. On Bun the `TracingChannel` itself does not say so. */
export function isHeard(tracing: TracingChannel): boolean {
  return channelsOf(tracing).some((one) => one.hasSubscribers);
}
