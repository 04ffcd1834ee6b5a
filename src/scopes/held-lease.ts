import type { Lease } from "../proxy/source.js";
import { leaseReleased } from "./errors.js";

/** The lease of an instance that belongs to no pool. */
export class HeldLease implements Lease<object> {
  /** Boxed, since `undefined` may be leased, too (`setInstance`); no box after the end. */
  #held: { readonly instance: object } | undefined;
  #released: Promise<void> | undefined;
  #controller: AbortController | undefined;
  readonly #service: string;
  readonly #end: (instance: object) => void | Promise<void>;
  readonly #assertThere: () => void;

  /**
   * @param end - called when the lease is released
   * @param assertThere - throws if something else has ended the instance
   */
  constructor(
    service: string,
    instance: object,
    end: (instance: object) => void | Promise<void>,
    assertThere: () => void = () => {},
  ) {
    this.#service = service;
    this.#held = { instance };
    this.#end = end;
    this.#assertThere = assertThere;
  }

  get value(): object {
    if (this.#held === undefined) throw leaseReleased(this.#service);
    this.#assertThere();
    return this.#held.instance;
  }

  get signal(): AbortSignal {
    return (this.#controller ??= new AbortController()).signal;
  }

  release(): Promise<void> {
    return (this.#released ??= this.#giveBack());
  }

  async #giveBack(): Promise<void> {
    const { instance } = this.#held!;
    this.#held = undefined;
    await this.#end(instance);
  }

  discard(): Promise<void> {
    return this.release();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }
}
