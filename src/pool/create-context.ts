import type { ScopeError } from "../base/errors.js";
import type { CreateContext } from "./options.js";

/** What `create` is told: that its instance is not wanted any more. */
export class CreationContext implements CreateContext {
  /** Made only when somebody looks at it: most factories don't. */
  #controller: AbortController | undefined;
  #reason: ScopeError | undefined;

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#reason !== undefined) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  abort(reason: ScopeError): void {
    this.#reason = reason;
    this.#controller?.abort(reason);
  }
}
