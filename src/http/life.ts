import { Told } from "../context/told.js";
import type { Abortable } from "../base/abort-source.js";
import { Failure, reportEnd } from "./end-errors.js";
import { contextOptions, type ContextSource, onEndError } from "./options.js";

/** Whose context it is: one adapter's part in a request. */
export interface Owner extends ContextSource {
  /** Is told why there is no context. */
  refuse(error: unknown): unknown;
}

/** The life of a request's context: from its begin to its end, whose errors have no caller. */
export abstract class Life extends Told {
  name = "";
  #result: unknown = undefined;
  #thrown: { readonly error: unknown } | undefined = undefined;
  /** The first failure of a handler. */
  #failure: Failure | undefined = undefined;

  protected abstract get owner(): Owner;

  /** Goes on with the request. It is called in the context, or never. */
  protected abstract run(): unknown;

  /** @returns, or throws, at once what going on does, long before the context ends */
  protected begin(signals: readonly Abortable[]): unknown {
    const { owner } = this;
    try {
      const options = contextOptions(owner);
      this.name = options.name;
      this.beginIn(options, signals);
    } catch (error) {
      return owner.refuse(error);
    }
    if (this.#thrown !== undefined) throw this.#thrown.error;
    const result = this.#result;
    // What it returned may be garbage before the context ends, as a response that nobody reads.
    this.#result = undefined;
    return result;
  }

  protected begun(): void {
    try {
      this.#result = this.run();
    } catch (error) {
      this.#thrown = { error };
    }
  }

  /** A handler has failed. */
  failed(error: unknown): void {
    this.#failure ??= new Failure(error);
  }

  /** Ends the context. */
  protected finish(): void {
    this.end(this.#failure);
  }

  protected ended(rejection: unknown): void {
    const { options, args } = this.owner;
    reportEnd(this.name, rejection, this.#failure, onEndError(options, args));
  }
}
