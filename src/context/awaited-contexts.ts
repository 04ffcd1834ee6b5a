import type { Context } from "./context.js";
import { endAfresh } from "./end.js";
import { allOpen } from "./open.js";
import { takeAbandoned } from "./out-of-stack.js";
import { type OpenLink, processState } from "./process-state.js";

/** The contexts that are open now, until each of them has ended. */
export class AwaitedContexts {
  /** Those that have not ended. */
  readonly left = new Set(allOpen());
  /** Resolves when none is left. */
  readonly gone: Promise<void>;
  #resolve!: () => void;

  constructor() {
    this.gone = new Promise((resolve) => (this.#resolve = resolve));
    processState.watchers.add(this.#ended);
    // Those that endless recursion has left would wait for the next context to begin.
    takeAbandoned(endAfresh);
  }

  /** A context that waits for us, and those around it: their end is not waited for. */
  spare(waiting: Context | undefined): void {
    for (let context = waiting; context !== undefined; context = context.parent) this.left.delete(context);
    if (this.left.size === 0) this.stop();
  }

  readonly #ended = (context: OpenLink): void => {
    if (this.left.delete(context as Context) && this.left.size === 0) this.stop();
  };

  /** Aborts those that are left, and what was begun in them. */
  abort(reasonFor: (context: Context) => unknown): void {
    // Listeners of the one may end others.
    for (const context of [...allOpen()]) if (this.#isWithin(context)) context.abort(reasonFor(context));
  }

  #isWithin(context: Context): boolean {
    for (let one: Context | undefined = context; one !== undefined; one = one.parent) {
      if (this.left.has(one)) return true;
    }
    return false;
  }

  /** Waits no longer, for however many are left. */
  stop(): void {
    processState.watchers.delete(this.#ended);
    this.#resolve();
  }
}
