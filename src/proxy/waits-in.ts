import type { Class } from "./class.js";
import { type Defer, type DeferredMembers, deferredMembers } from "./deferring.js";
import { memberOf } from "./members.js";

/** A call may wait in the promise that it returns, in the first `next()` of its generator, or not at all. */
export type WaitsIn = "promise" | "next" | "nothing";

/** Where a service's calls may wait: the class tells it of native `async` methods and generators, the binding of others. */
export class Waiting {
  /** The members that the binding names in `defer`. */
  readonly deferred: DeferredMembers;
  readonly #shape: Class | undefined;
  /** The answers so far, by member. */
  #known: Map<PropertyKey, WaitsIn | "promise by its arguments"> | undefined;

  constructor(shape: Class | undefined, defer: Defer) {
    this.#shape = shape;
    this.deferred = deferredMembers(defer, shape);
  }

  /** Where a call with these arguments may wait. */
  in(member: PropertyKey, args: readonly unknown[]): WaitsIn {
    this.#known ??= new Map();
    let waitsIn = this.#known.get(member);
    if (waitsIn === undefined) {
      const ofClass = this.#shape && memberOf(this.#shape, member)?.waitsIn;
      waitsIn = ofClass ?? (this.deferred.has(member) ? "promise by its arguments" : "nothing");
      this.#known.set(member, waitsIn);
    }
    if (waitsIn !== "promise by its arguments") return waitsIn;
    return this.deferred.waits(args) ? "promise" : "nothing";
  }
}
