import type { AsyncResource } from "node:async_hooks";

/** A request or a response of Node, or what stands in for one. */
export interface Emitting {
  emit: (event: never, ...args: never[]) => boolean;
}

/** The async context of a request. */
export interface Frame {
  readonly resource: AsyncResource;
  /** Whether the caller runs in it already. */
  isCurrent(): boolean;
}

type Emit = (this: unknown, event: string | symbol, ...args: unknown[]) => boolean;

/**
 * Ties the listeners of one request, or response, to its context: by itself, Node calls those of what comes in later packets,
 * and of what follows when the client has left, where the server listens. The prototype stays as it is.
 *
 * @param emitted - told of each event after the listeners have run
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
