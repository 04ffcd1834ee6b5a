import type { Context } from "../../context/context.js";
import type { ScopeError } from "../../base/errors.js";
import { isBarePromise, isNativePromise } from "../../base/native-promise.js";
import type { InUse } from "../../pool/holder.js";
import type { Following } from "./following.js";
import { follow, mayOutlive } from "./returned.js";
import { followPromise, type Reactions, type Turn } from "./returned-promises.js";

/**
 * What uses a pooled instance: calls through the proxy that have not settled, and the streams and iterators that calls have
 * returned. While there is any, the instance must not be lent again (law 13). There is one for each instance, not for each lease,
 * so that a lease costs only what its calls return.
 */
export class LeaseUse implements InUse {
  onOver: (() => void) | undefined = undefined;
  #context: Context | undefined;
  /** Calls, streams and iterators together. */
  #count = 0;
  /** One for each member that was called: a few. */
  readonly #calls: CallsOf[] = [];
  /** By the stream or iterator. */
  #results: Map<object, Result> | undefined;
  /** Why the instance is gone. What its calls return after that is cut at once. */
  #cutBy: ScopeError | undefined;

  /** A lease begins; nothing of the one before uses the instance any more. */
  leaseBegan(context: Context): this {
    this.#context = context;
    return this;
  }

  /** An unused instance must not keep its last holder alive. */
  leaseOver(): void {
    this.#context = undefined;
  }

  get isOver(): boolean {
    return this.#count === 0;
  }

  get holder(): string {
    return this.#context!.name;
  }

  /**
   * Notes the result of a call.
   *
   * @param turn - the call's, if calls run one at a time
   * @returns what the caller gets
   */
  returned(result: object, member: PropertyKey, turn?: Turn): unknown {
    const isBare = isBarePromise(result);
    if (!isBare && !isNativePromise(result)) return this.watch(result, member);
    return followPromise(result, isBare, this.#began(member), turn);
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

  /** Watches a stream or an iterator, which goes on using the instance after its call. @returns what the caller gets */
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

/** The running calls of one member, and the reactions to their promises: made once, not for each call. */
class CallsOf implements Reactions {
  running = 0;
  readonly settled: (value: unknown) => unknown;
  readonly failed: (error: unknown) => never;

  constructor(
    private readonly use: LeaseUse,
    readonly member: PropertyKey,
  ) {
    this.settled = (value) => {
      // Watched before the call is over, so that the instance is in use all the time.
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

  private over(): void {
    this.running--;
    this.use.over();
  }
}
