import { Failure } from "./end-errors.js";

/** What keeps a request's context open. */
export class Over {
  /** Settles when the request is over; rejects if its handler has failed. */
  readonly promise: Promise<void>;
  #resolve!: () => void;
  #reject!: (error: unknown) => void;
  #failure: Failure | undefined;
  #isFinished = false;

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** The handler's failure, if one was seen. */
  get failure(): Failure | undefined {
    return this.#failure;
  }

  fail(error: unknown): void {
    this.#failure ??= new Failure(error);
  }

  finish(): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    // At once, and not by a promise that has rejected: Deno aborts the request's signal when it has been answered, a moment later.
    if (this.#failure === undefined) this.#resolve();
    else this.#reject(this.#failure.error);
  }
}
