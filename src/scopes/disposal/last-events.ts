import { EventEmitter } from "node:events";
import type { Readable, Stream, Writable } from "node:stream";
import { setImmediate } from "node:timers";
import { timeLimit } from "../../base/time-limit.js";

/** The longest wait: a stream that never closes must not hold up the end of its context. */
const LONGEST_MS = 1_000;

/** Private state of Node's streams. */
interface Emits {
  readonly emitClose?: boolean;
}

type Destroyed = Partial<Pick<Readable & Writable, "destroyed" | "closed">> & {
  readonly _readableState?: Emits;
  readonly _writableState?: Emits;
};

/**
 * Whether handlers may tie an instance to others, and call it when those end: a pipe calls both its ends. No caller can catch
 * what a handler throws.
 */
export function hasListeners(instance: object): boolean {
  return instance instanceof EventEmitter || instance instanceof EventTarget;
}

/**
 * Waits for the last events of a stream that its disposer destroyed without waiting: handlers of a pipe or a pipeline belong in
 * the context, and call its other streams.
 */
export function lastEvents(instance: object): Promise<void> | undefined {
  if (!isStream(instance)) return undefined;
  const stream = instance as Stream & Destroyed;
  if (stream.destroyed !== true) return undefined;
  return new Promise((resolve) => {
    // A silent socket closes its handle at the end of this turn of the event loop; other silent streams tell nothing.
    if (isSilent(stream)) setImmediate(setImmediate, resolve);
    // It has closed at once, but emits the event only on the next tick.
    else if (stream.closed === true) process.nextTick(resolve);
    else {
      const lift = timeLimit(LONGEST_MS, resolve);
      stream.once("close", () => (lift(), resolve()));
    }
  });
}

/** Node's streams are loaded when an emitter ends, which may be one: that takes two milliseconds. */
function isStream(instance: object): instance is Stream {
  return instance instanceof EventEmitter && instance instanceof process.getBuiltinModule("node:stream").Stream;
}

/** Whether the stream emits no `close`. Old streams only say that they are destroyed. */
function isSilent({ closed, _readableState, _writableState }: Destroyed): boolean {
  return closed === undefined || _readableState?.emitClose === false || _writableState?.emitClose === false;
}
