import { type Host, memberFunction } from "./function-views.js";
import { type Callable, isClass } from "./members.js";
import { PutFunctions } from "./put-functions.js";

/** The functions that a proxy shows for fields and accessors, one for each name; methods of the class have forwarders. */
export class MemberFunctions {
  readonly #host: Host;
  #shown: Map<PropertyKey, Callable> | undefined;
  assign: PutFunctions | undefined;

  constructor(host: Host) {
    this.#host = host;
  }

  /** That of a function that was found on an instance. Classes come out as they are, and so does what was put there. */
  functionFor(member: PropertyKey, value: Callable, instance: object): unknown {
    if (isClass(value)) return value;
    return this.assign?.originalOf(instance, member) === undefined ? this.forwarderFor(member) : value;
  }

  /** @param known - answers what is asked of the function while there is no instance */
  forwarderFor(member: PropertyKey, known?: Callable): Callable {
    this.#shown ??= new Map();
    let shown = this.#shown.get(member);
    if (shown === undefined) this.#shown.set(member, (shown = memberFunction(this.#host, member, known)));
    return shown;
  }

  /** What it is that they mean on an instance. */
  resolve(instance: object, member: PropertyKey): unknown {
    return this.assign?.originalOf(instance, member) ?? (instance as Record<PropertyKey, unknown>)[member];
  }

  /** Whether what is put into a member is what the proxy shows for it; then what was there first on the instance is back. */
  restores(member: PropertyKey, value: unknown, instance: object | undefined): boolean {
    if (value === undefined || value !== this.#shown?.get(member)) return false;
    if (instance !== undefined) this.assign?.putBack(instance, member);
    return true;
  }

  /**
   * A function goes into a member of an instance. What the proxy has shown for it goes on meaning what was there before.
   *
   * @param put - does it, and tells whether that has succeeded
   */
  put(instance: object, member: PropertyKey, put: () => boolean): boolean {
    // If nobody can have got hold of that, what is put there is all there is.
    if (this.#shown?.has(member) !== true) return put();
    return (this.assign ??= new PutFunctions()).put(instance, member, put);
  }
}
