import type { AsyncResource } from "node:async_hooks";

/** A request or a response of Node, or what stands for one. */
export interface Emitting {
  /** Calls the listeners of an event. */
  emit: (event: never, ...args: never[]) => boolean;
}

/** The async context of a request. */
export interface Frame {
  readonly resource: AsyncResource;
  /** Whether the caller runs in it. */
  isCurrent(): boolean;
}

type Emit = (this: unknown, event: string | symbol, ...args: unknown[]) => boolean;

/**
 * Lets the listeners of a request or a response run in its context. By itself, Node calls them in the server's async context for what
 * comes in later packets, and after the client has left. The prototype stays as it is.
 *
 * @param emitted - called after the listeners of each event
 */
export function tieEmit(emitter: Emitting, frame: Frame, emitted?: (event: string | symbol) => void): void {
  const emit = emitter.emit as Emit;
  const tied: Emit = function (event, ...args) {
    try {
      if (frame.isCurrent()) return Reflect.apply(emit, this, [event, ...args]);
      return frame.resource.runInAsyncScope(emit, this, event, ...args);
    } finally {
      emitted?.(event);
    }
  };
  emitter.emit = tied;
}
