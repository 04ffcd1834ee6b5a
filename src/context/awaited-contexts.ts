import type { Context } from "./context.js";
import { endAfresh } from "./end.js";
import { allOpen } from "./open.js";
import { takeAbandoned } from "./out-of-stack.js";
import { type OpenLink, processState } from "./process-state.js";

/** The contexts that are open now, until each of them has ended. */
export class AwaitedContexts {
  /** The contexts that have not ended. */
  readonly left = new Set(allOpen());
  /** Resolves when none is left. */
  readonly gone: Promise<void>;
  #resolve!: () => void;

  constructor() {
    this.gone = new Promise((resolve) => (this.#resolve = resolve));
    processState.watchers.add(this.#ended);
    // Contexts that endless recursion has left open would be ended only when the next one begins.
    takeAbandoned(endAfresh);
  }

  /** Does not wait for a context that waits for this, nor for the contexts around it. */
  spare(waiting: Context | undefined): void {
    for (let context = waiting; context !== undefined; context = context.parent) this.left.delete(context);
    if (this.left.size === 0) this.stop();
  }

  readonly #ended = (context: OpenLink): void => {
    if (this.left.delete(context as Context) && this.left.size === 0) this.stop();
  };

  /** Aborts the contexts that are left, and their children. */
  abort(reasonFor: (context: Context) => unknown): void {
    // A listener of one context may end another.
    for (const context of [...allOpen()]) if (this.#isWithin(context)) context.abort(reasonFor(context));
  }

  #isWithin(context: Context): boolean {
    for (let one: Context | undefined = context; one !== undefined; one = one.parent) {
      if (this.left.has(one)) return true;
    }
    return false;
  }

  /** Waits no longer, even if some are left. */
  stop(): void {
    processState.watchers.delete(this.#ended);
    this.#resolve();
  }
}
