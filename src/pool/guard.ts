import { EventEmitter } from "node:events";

import { brief } from "../brief.js";
import type { Entry } from "./entry.js";

/**
 * An `error` event without a listener ends the process; with ours it ends the instance.
 *
 * @throws whatever the instance's own `on` throws
 */
export function guard<T>(entry: Entry<T>, value: T): void {
  if (!(value instanceof EventEmitter)) return;
  const { core, n } = entry;
  const onError = (error: unknown): void => core.returning.broken(entry, error);
  value.on("error", onError);
  entry.unguard = () => {
    try {
      value.off("error", onError);
      // What is being ended may fail once more.
      value.on("error", ignore);
    } catch (error) {
      core.reporter.warn("POOL_INSTANCE_BROKEN", `instance ${n} kept our listener: ${brief(error)}`, { n, error });
    }
  };
}

function ignore(): void {}
