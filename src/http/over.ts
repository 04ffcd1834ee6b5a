import { rejectedWith } from "../base/rejected-with.js";
import { Failure } from "./end-errors.js";

/** That for which a context stays open. */
export class Over {
  /** Resolves when the request is over; rejects then, if its handler has failed. */
  readonly promise: Promise<void>;
  #resolve!: (how: void | Promise<void>) => void;
  #failure: Failure | undefined;
  #isFinished = false;

  constructor() {
    this.promise = new Promise((resolve) => (this.#resolve = resolve));
  }

  /** How the handler has failed, as far as anybody knows. */
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
