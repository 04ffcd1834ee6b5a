import { rejectedWith } from "../base/rejected-with.js";
import { Failure } from "./end-errors.js";

/** What keeps a request's context open. */
export class Over {
  /** Settles when the request is over; rejects if its handler has failed. */
  readonly promise: Promise<void>;
  #resolve!: (how: void | Promise<void>) => void;
  #failure: Failure | undefined;
  #isFinished = false;

  constructor() {
    this.promise = new Promise((resolve) => (this.#resolve = resolve));
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
    this.#resolve(this.#failure && rejectedWith(this.#failure.error));
  }
}
