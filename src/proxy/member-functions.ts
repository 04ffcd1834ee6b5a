import { type Host, memberFunction } from "./function-views.js";
import { type Callable, isClass } from "./class.js";
import { PutFunctions } from "./put-functions.js";

/** The functions that a proxy shows for fields and accessors, one for each name. (The class's methods have forwarders.) */
export class MemberFunctions {
  readonly #host: Host;
  #shown: Map<PropertyKey, Callable> | undefined;
  assign: PutFunctions | undefined;

  constructor(host: Host) {
    this.#host = host;
  }

  /** What the proxy shows for a function on an instance. A class is shown as it is, and so is a function that was put there. */
  functionFor(member: PropertyKey, value: Callable, instance: object): unknown {
    if (isClass(value)) return value;
    return this.assign?.originalOf(instance, member) === undefined ? this.forwarderFor(member) : value;
  }

  /** @param known - answers questions to the function while there is no instance */
  forwarderFor(member: PropertyKey, known?: Callable): Callable {
    this.#shown ??= new Map();
    let shown = this.#shown.get(member);
    if (shown === undefined) this.#shown.set(member, (shown = memberFunction(this.#host, member, known)));
    return shown;
  }

  /** What such a function means on an instance: what stood there before somebody put another there. */
  resolve(instance: object, member: PropertyKey): unknown {
    return this.assign?.originalOf(instance, member) ?? (instance as Record<PropertyKey, unknown>)[member];
  }

  /** Whether a value that is written to a member is the very function that the proxy shows for it; then the original is put back. */
  restores(member: PropertyKey, value: unknown, instance: object | undefined): boolean {
    if (value === undefined || value !== this.#shown?.get(member)) return false;
    if (instance !== undefined) this.assign?.putBack(instance, member);
    return true;
  }

  /**
   * Puts a function into a member of an instance. What the proxy has shown for the member goes on meaning the original.
   *
   * @param put - does it; returns whether it succeeded
   */
  put(instance: object, member: PropertyKey, put: () => boolean): boolean {
    // The proxy has shown nothing for it, so that no wrapper can call the original through the proxy.
    if (this.#shown?.has(member) !== true) return put();
    return (this.assign ??= new PutFunctions()).put(instance, member, put);
  }
}
