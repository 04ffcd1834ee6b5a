import type { Lease } from "../proxy/source.js";
import { leaseReleased } from "./errors.js";

/** The lease of an instance that belongs to no pool. */
export class HeldLease implements Lease<object> {
  /** Gone with the end; `undefined` itself may be lent too (`setInstance`). */
  #held: { readonly instance: object } | undefined;
  #released: Promise<void> | undefined;
  #controller: AbortController | undefined;
  readonly #service: string;
  readonly #end: (instance: object) => void | Promise<void>;
  readonly #assertThere: () => void;

  /**
   * @param end - what giving back does
   * @param assertThere - throws if the instance has been ended by somebody else
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
