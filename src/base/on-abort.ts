import { addAbortListener } from "node:events";
import { type Abortable, type AbortSource, callAll } from "./abort-source.js";

/** The listeners to one signal, and the one listener that the signal itself knows. */
interface Watched {
  readonly listeners: Set<() => void>;
  readonly unlisten: Disposable;
}

const watched = new WeakMap<AbortSignal, Watched>();

/**
 * Calls a function when a signal aborts, until {@link offAbort} removes it.
 *
 * A process may give one signal, its shutdown, to thousands of waiters. A listener for each would cost quadratic time, since
 * a signal searches its list at each addition and removal, and Node 20 would warn of a leak from the eleventh on.
 *
 * @param listener must not throw
 */
export function onAbort(signal: Abortable, listener: () => void): void {
  // An AbortSource, perhaps of another copy of the package.
  if (!(signal instanceof AbortSignal)) return void (signal as AbortSource).listeners.add(listener);
  let those = watched.get(signal);
  if (those === undefined) {
    those = { listeners: new Set(), unlisten: addAbortListener(signal, () => aborted(signal)) };
    watched.set(signal, those);
  }
  those.listeners.add(listener);
}

/** Removes a function that {@link onAbort} added; harmless if the signal has aborted. */
export function offAbort(signal: Abortable, listener: () => void): void {
  if (!(signal instanceof AbortSignal)) return void (signal as AbortSource).listeners.delete(listener);
  const those = watched.get(signal);
  if (those === undefined || !those.listeners.delete(listener) || those.listeners.size > 0) return;
  watched.delete(signal);
  those.unlisten[Symbol.dispose]();
}

function aborted(signal: AbortSignal): void {
  const those = watched.get(signal);
  // For a signal that had aborted before, Node calls in a microtask, even if the listener was removed meanwhile.
  if (those === undefined) return;
  callAll(those.listeners);
  if (watched.get(signal) === those) watched.delete(signal);
}
