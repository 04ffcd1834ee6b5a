import { EventEmitter } from "node:events";
import { type Readable, Stream, type Writable } from "node:stream";
import { timeLimit } from "../../base/time-limit.js";

/** What never tells that it is closed must not hold up the end of its context. */
const LONGEST_MS = 1_000;

/** What streams keep to themselves. */
interface Emits {
  readonly emitClose?: boolean;
}

type Destroyed = Partial<Pick<Readable & Writable, "destroyed" | "closed">> & {
  readonly _readableState?: Emits;
  readonly _writableState?: Emits;
};

/**
 * Whether an instance may be tied to others by handlers, which call it when these are ended: a pipe calls both its ends. Nobody
 * can catch what a handler throws.
 */
export function hasListeners(instance: object): boolean {
  return instance instanceof EventEmitter || instance instanceof EventTarget;
}

/**
 * Waits for the last events of a stream that was destroyed by a disposer which does not wait: handlers of a pipe or a pipeline
 * belong in the context, and call its other streams.
 */
export function lastEvents(instance: object): Promise<void> | undefined {
  if (!(instance instanceof Stream)) return undefined;
  const stream = instance as Stream & Destroyed;
  if (stream.destroyed !== true) return undefined;
  return new Promise((resolve) => {
    // Sockets tell it by themselves when their handle is closed, at the end of this turn of the event loop; others not at all.
    if (isSilent(stream)) setImmediate(setImmediate, resolve);
    // It may have been closed at once, but will tell only on the next tick.
    else if (stream.closed === true) process.nextTick(resolve);
    else {
      const lift = timeLimit(LONGEST_MS, resolve);
      stream.once("close", () => (lift(), resolve()));
    }
  });
}

/** Old streams tell no more than that they are destroyed. */
function isSilent({ closed, _readableState, _writableState }: Destroyed): boolean {
  return closed === undefined || _readableState?.emitClose === false || _writableState?.emitClose === false;
}
