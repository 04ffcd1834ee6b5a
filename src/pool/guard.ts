import { EventEmitter } from "node:events";

import type { Entry } from "./entry.js";

/** An `error` event without a listener ends the process; with ours it ends the instance. */
export function guard<T>(entry: Entry<T>, value: T): void {
  if (!(value instanceof EventEmitter)) return;
  const onError = (error: unknown): void => entry.core.returning.broken(entry, error);
  value.on("error", onError);
  entry.unguard = () => {
    value.off("error", onError);
    // What is being ended may fail once more.
    value.on("error", ignore);
  };
}

function ignore(): void {}
