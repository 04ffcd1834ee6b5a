import type { AsyncResource } from "node:async_hooks";
import type { Channel, TracingChannel } from "node:diagnostics_channel";

import { newFrame } from "./async-frame.js";

/** The message of an operation. One object goes through all its events, and gains fields on the way. */
export interface TraceEvent {
  /** Why it failed, if it did. */
  error?: unknown;
}

/**
 * One operation on a `TracingChannel` of Node. It publishes `start` and `end` around the synchronous part. When the operation is
 * over it publishes, once, `error` if it failed, then `asyncStart` and `asyncEnd`: so `asyncEnd` ends every operation, also a
 * synchronous one. Node's own `trace…` methods would hand the result, which is the user's object, to every listener.
 */
export class Trace<E extends TraceEvent> {
  readonly event: E;
  readonly #channel: TracingChannel;
  /** The async context of the operation, with the stores that listeners have bound to `start`. */
  #frame!: AsyncResource;
  #ended = false;
  /** What to publish after `end`, if the operation is over before its synchronous part is. */
  #sooner: readonly Channel[] | undefined;

  constructor(channel: TracingChannel, event: E) {
    this.#channel = channel;
    this.event = event;
  }

  /** Runs its synchronous part. */
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

  /** The operation has succeeded. */
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
