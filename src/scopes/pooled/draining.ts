import type { Context } from "../../context/context.js";
import type { ScopeError } from "../../base/errors.js";
import { isBarePromise, isNativePromise } from "../../base/native-promise.js";
import type { InUse } from "../../pool/holder.js";
import type { Following } from "./following.js";
import { follow, mayOutlive } from "./returned.js";

/**
 * What uses a pooled instance: calls made through the proxy whose promises have not settled, and the streams and iterators
 * that calls have returned. While there is any, the instance must not be lent to anybody else (law 13). One for each
 * instance, and not for each lease, so that a lease costs no more than what its calls return.
 */
export class LeaseUse implements InUse {
  onOver: (() => void) | undefined = undefined;
  #context: Context | undefined;
  /** Calls, streams and iterators together. */
  #count = 0;
  /** Few: one for each member that was called. */
  readonly #calls: CallsOf[] = [];
  /** Streams and iterators, and the members that returned them. */
  #results: Map<object, Result> | undefined;
  /** Why the instance is gone; what comes of its calls after that is of no use. */
  #cutBy: ScopeError | undefined;

  /** A lease begins, when nothing of the one before uses the instance any more. */
  leaseBegan(context: Context): this {
    this.#context = context;
    return this;
  }

  /** What is used no more must not keep its last holder alive. */
  leaseOver(): void {
    this.#context = undefined;
  }

  get isOver(): boolean {
    return this.#count === 0;
  }

  get holder(): string {
    return this.#context!.name;
  }

  /** Sees what a call has returned. @returns what its caller gets */
  returned(result: object, member: PropertyKey): unknown {
    if (isBarePromise(result)) {
      const calls = this.#began(member);
      // So a rejection that nobody handles is told as if there were no proxy, and errors keep their asynchronous stack.
      return result.then(calls.settled, calls.failed);
    }
    if (!isNativePromise(result)) return this.watch(result, member);
    const calls = this.#began(member);
    // One that may carry more than its result has to come out itself.
    result.then(calls.settled, calls.over);
    return result;
  }

  #began(member: PropertyKey): CallsOf {
    const calls = this.#callsOf(member);
    this.#count++;
    calls.running++;
    return calls;
  }

  #callsOf(member: PropertyKey): CallsOf {
    const calls = this.#calls;
    for (let i = 0; i < calls.length; i++) if (calls[i]!.member === member) return calls[i]!;
    const first = new CallsOf(this, member);
    calls.push(first);
    return first;
  }

  /** A stream or an iterator goes on using the instance after its call. @returns what is shown in its place */
  watch(value: object, member: PropertyKey): object {
    const known = this.#results?.get(value);
    if (known !== undefined) return known.following.value;
    const over = (): void => {
      if (this.#results?.delete(value) === true) this.over();
    };
    const following = follow(value, over);
    if (following === undefined) return value;
    if (this.#cutBy !== undefined) {
      following.cut(this.#cutBy);
      return following.value;
    }
    (this.#results ??= new Map()).set(value, { member, following });
    this.#count++;
    return following.value;
  }

  over(): void {
    if (--this.#count > 0 || this.onOver === undefined) return;
    this.leaseOver();
    this.onOver();
  }

  describe(): string {
    const calls = this.#calls.filter(({ running }) => running > 0).map(({ member }) => String(member));
    const results = [...(this.#results?.values() ?? [])].map(
      ({ member, following }) => `${following.what} of ${String(member)}`,
    );
    return [...calls, ...results].join(", ");
  }

  cut(reason: ScopeError): void {
    const results = this.#results;
    this.#results = undefined;
    this.#cutBy = reason;
    for (const { following } of results?.values() ?? []) following.cut(reason);
  }
}

interface Result {
  readonly member: PropertyKey;
  readonly following: Following;
}

/** The calls of one member, and what their promises are followed by: made once, not for each call. */
class CallsOf {
  running = 0;
  readonly over: () => void;
  readonly settled: (value: unknown) => unknown;
  readonly failed: (error: unknown) => never;

  constructor(
    use: LeaseUse,
    readonly member: PropertyKey,
  ) {
    this.over = () => {
      this.running--;
      use.over();
    };
    this.settled = (value) => {
      // Before the call is over, so that the instance is in use all along.
      const isLookedAt = typeof value === "object" && value !== null && mayOutlive(value);
      const shown = isLookedAt ? use.watch(value, member) : value;
      this.over();
      return shown;
    };
    this.failed = (error) => {
      this.over();
      throw error;
    };
  }
}
