import type { EventEmitter } from "node:events";

/** The functions to call for each socket. It has one listener of ours, however many requests wait for their turn. */
const waiting = new WeakMap<EventEmitter, Set<() => void>>();

/**
 * Calls a function when a socket closes. A pipelined response whose turn has not come would not hear of that.
 *
 * @returns removes the function
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
