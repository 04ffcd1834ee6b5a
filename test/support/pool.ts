import { type AcquireOptions, type Lease, Pool, type PoolOptions, type PoolStats } from "inversify-scopes/pool";

import type { Holder } from "../../src/pool/holder.js";
import { VirtualClock } from "./clock.js";
import { turn } from "./gate.js";
import { must } from "./must.js";

/** What the pools of these tests lend. */
export class Thing {
  ended = false;
  dirty = false;
  constructor(readonly n: number) {}
}

/** What a pool under test has done. */
export interface Fixture<T> {
  readonly pool: Pool<T>;
  readonly clock: VirtualClock;
  /** Warnings, as `kind` and message. */
  readonly warnings: {
    readonly kind: unknown;
    readonly message: string;
    readonly facts: Readonly<Record<string, unknown>>;
  }[];
  /** How often `create` was called. */
  readonly calls: number[];
  readonly ended: T[];
}

const kept: unknown[] = [];

/** A test may forget its leases; the garbage collector must not give them back then. */
class KeepingPool<T> extends Pool<T> {
  override acquire(options?: AcquireOptions): Promise<Lease<T>> {
    const promise = super.acquire(options);
    kept.push(promise);
    return promise;
  }
  override tryAcquire(): Lease<T> | undefined {
    const lease = super.tryAcquire();
    kept.push(lease);
    return lease;
  }
}

/** A pool of things on a virtual clock, that notes what happens. `create` is synchronous unless given. */
export function poolOf<T = Thing>(options: Partial<PoolOptions<T>> = {}): Fixture<T> {
  const clock = new VirtualClock();
  const warnings: Fixture<T>["warnings"] = [];
  const calls: number[] = [];
  const ended: T[] = [];
  const create = options.create ?? ((n: number): T => new Thing(n) as T);
  const { destroy } = options;
  const pool = new KeepingPool<T>({
    maxSize: 2,
    label: "Test",
    clock,
    logger: {
      warn: (message, facts) => warnings.push({ kind: facts["kind"], message, facts }),
    },
    ...options,
    create: (n, context) => {
      calls.push(n);
      return create(n, context);
    },
    destroy: (thing) => {
      ended.push(thing);
      if (thing instanceof Thing) thing.ended = true;
      return destroy?.(thing);
    },
  });
  return { pool, clock, warnings, calls, ended };
}

/** What a promise has come to by now. */
export type Outcome<T> =
  | { readonly state: "pending" }
  | { readonly state: "fulfilled"; readonly value: T }
  | { readonly state: "rejected"; readonly reason: unknown };

/** Watches a promise, so that it may be looked at without waiting for it. */
export function watch<T>(promise: Promise<T>): { readonly now: Outcome<T> } {
  const watched: { now: Outcome<T> } = { now: { state: "pending" } };
  promise.then(
    (value) => (watched.now = { state: "fulfilled", value }),
    (reason: unknown) => (watched.now = { state: "rejected", reason }),
  );
  return watched;
}

/** What a promise comes to when everything due has run. */
export async function stateOf<T>(promise: Promise<T>): Promise<Outcome<T>["state"]> {
  const watched = watch(promise);
  await turn();
  return watched.now.state;
}

/** Takes so many at once. */
export function take<T>(pool: Pool<T>, count: number): Promise<Lease<T>[]> {
  return Promise.all(Array.from({ length: count }, () => pool.acquire()));
}

/** An acquisition on behalf of a holder, as a promise. */
export function acquireFor<T>(pool: Pool<T>, holder: Holder): Promise<Lease<T>> {
  return new Promise((resolve, reject) => pool.acquireFor(holder, resolve, reject));
}

/** Gives all of these back. */
export async function giveBack(leases: readonly Lease<unknown>[]): Promise<void> {
  await Promise.all(leases.map((lease) => lease.release()));
}

/** The books must add up, in every state. */
export function expectBooks(stats: PoolStats): void {
  const { idle, leased, creating, checking, resetting, draining, destroying, size, instances } = stats;
  const told = { idle, leased, creating, checking, resetting, draining, destroying };
  must(size === idle + leased + creating + checking + resetting + draining, "size", size, told);
  const counts: Record<string, number> = {};
  for (const { state } of instances) counts[state] = (counts[state] ?? 0) + 1;
  for (const [state, count] of Object.entries(told)) must(count === (counts[state] ?? 0), state, told, counts);
  must(counts["gone"] === undefined, "gone", counts);
}
