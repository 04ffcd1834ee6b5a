import type { EventEmitter } from "node:events";

/** One listener for each socket, however many requests wait for their turn on it. */
const waiting = new WeakMap<EventEmitter, Set<() => void>>();

/**
 * Calls a function when a socket closes. The response to a pipelined request whose turn has not come is told nothing of that.
 *
 * @returns takes the function off
 */
export function onSocketClose(socket: EventEmitter, closed: () => void): () => void {
  let those = waiting.get(socket);
  if (those === undefined) {
    those = new Set();
    waiting.set(socket, those);
    socket.once("close", callAll.bind(undefined, those));
  }
  those.add(closed);
  return () => those.delete(closed);
}

function callAll(those: ReadonlySet<() => void>): void {
  for (const closed of those) closed();
}
