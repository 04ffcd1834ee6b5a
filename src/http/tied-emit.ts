import type { AsyncResource } from "node:async_hooks";
import { claimStack } from "../base/claim-stack.js";

/** A request or a response of Node, or what stands for one. */
export interface Emitting {
  /** Calls the listeners of an event. */
  emit: (event: never, ...args: never[]) => boolean;
}

/** The async context of a request. */
export interface Frame {
  readonly frame: AsyncResource | undefined;
  /** Whether the caller runs in it. */
  isCurrent(): boolean;
  /** Called after the listeners of each event. */
  emitted(emitter: Emitting, event: string | symbol): void;
}

/**
 * On the `emit` of a request or a response: its frame, for all copies of the package. It is not on the object itself: Express gives
 * each request another prototype, and up to Node 22 each property that is added after that costs as much as a small handler. With a
 * WeakMap, the garbage collector would spend half as much time on a request as Fastify does.
 */
const FRAME = Symbol.for("inversify-scopes/request/2");

/** Calls the listeners of an event. */
export interface Emit {
  (this: unknown, ...args: [event: string | symbol, ...rest: unknown[]]): boolean;
  [FRAME]?: Frame;
}

/** The frame that a request or a response with this `emit` was tied to. */
export function frameOf(emit: Emit | undefined): Frame | undefined {
  return emit?.[FRAME];
}

/**
 * Lets the listeners of a request or a response run in its context. By itself, Node calls them in the server's async context for what
 * comes in later packets, and after the client has left. The prototype stays as it is.
 *
 * @param emit - the emitter's
 */
export function tieEmit(emitter: Emitting, emit: Emit, frame: Frame): void {
  const tied: Emit = function (this: unknown, ...args) {
    try {
      // Without new lists of the arguments: a request emits seven events, and mostly in its context.
      if (frame.isCurrent()) return Reflect.apply(emit, this, args);
      claimStack();
      return frame.frame!.runInAsyncScope(emit, this, ...args);
    } finally {
      frame.emitted(emitter, args[0]);
    }
  };
  tied[FRAME] = frame;
  emitter.emit = tied;
}
