import { beginTold, type Told, type Toldable } from "../context/told.js";
import type { Abortable } from "../base/abort-source.js";
import { Failure, reportEnd } from "./end-errors.js";
import { contextOptions, type ContextSource, onEndError } from "./options.js";

/** Whose context it is: one adapter's part in a request. */
export interface Owner extends ContextSource {
  /** Is told why there is no context. */
  refuse(error: unknown): unknown;
}

/** The life of a request's context: from its begin to its end, whose errors have no caller. */
export class Life implements Toldable {
  readonly #owner: Owner;
  readonly #run: (told: Told) => unknown;
  #name = "";
  #told: Told | undefined;
  #result: (() => unknown) | undefined;
  /** The first failure of a handler. */
  #failure: Failure | undefined;

  /** @param run - goes on with the request. It is called in the context, or never */
  constructor(owner: Owner, run: (told: Told) => unknown) {
    this.#owner = owner;
    this.#run = run;
  }

  get name(): string {
    return this.#name;
  }

  /** @returns, or throws, at once what going on does, long before the context ends */
  begin(signals: readonly Abortable[]): unknown {
    const owner = this.#owner;
    try {
      const options = contextOptions(owner);
      this.#name = options.name;
      beginTold(options, signals, this);
    } catch (error) {
      return owner.refuse(error);
    }
    const result = this.#result!;
    // What it returned may be garbage before the context ends, as a response that nobody reads.
    this.#result = undefined;
    return result();
  }

  begun(told: Told): void {
    this.#told = told;
    this.#result = resultOf(this.#run, told);
  }

  /** A handler has failed. */
  fail(error: unknown): void {
    this.#failure ??= new Failure(error);
  }

  /** Ends the context. */
  finish(): void {
    this.#told!.end(this.#failure);
  }

  ended(rejection: unknown): void {
    const { options, args } = this.#owner;
    reportEnd(this.#name, rejection, this.#failure, onEndError(options, args));
  }
}

/** @returns a function that returns or throws the same */
function resultOf(run: (told: Told) => unknown, told: Told): () => unknown {
  try {
    const value = run(told);
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}
