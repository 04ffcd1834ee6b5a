import { expect } from "chai";
import fc from "fast-check";
import {
  type CheckOn,
  type CreateContext,
  type Lease,
  Pool,
  type PoolOptions,
  ScopeError,
} from "inversify-scopes/pool";

import type { Holder, InUse, Wait } from "../../src/pool/holder.js";
import { VirtualClock } from "./clock.js";
import { turn } from "./gate.js";
import { must } from "./must.js";
import { acquireFor, expectBooks } from "./pool.js";

/** How a call of user code behaves. */
const BEHAVIOURS = ["now", "now", "soon", "soon", "slow", "throw", "reject", "fail late", "hang", "nonsense"] as const;
type Behaviour = (typeof BEHAVIOURS)[number];

/** The codes with which an acquisition may be refused. */
const REFUSALS = new Set([
  "POOL_TIMEOUT",
  "POOL_OVERLOADED",
  "POOL_CLOSED",
  "POOL_DEADLOCK",
  "CREATE_FAILED",
  "CREATE_TIMEOUT",
]);

/** How long something slow takes; the time-outs are about that long. */
const SLOW_MS = 20;

/** One step of a run. */
export type Step =
  | { readonly do: "acquire"; readonly timeoutMs: number; readonly aborts: boolean; readonly held: boolean }
  | { readonly do: "tryAcquire" | "ready" | "recycle" | "close" | "turn" }
  | {
      readonly do: "release" | "release twice" | "discard" | "drain" | "drained" | "abort" | "refuse";
      readonly which: number;
    }
  | { readonly do: "microtasks"; readonly count: number }
  | { readonly do: "advance" | "stand still"; readonly ms: number }
  | { readonly do: "resize"; readonly to: number };

/** A pool's options, how its user code behaves, and what is done to it. */
export interface Run {
  readonly maxSize: number;
  readonly minSize: number;
  readonly hooks: { readonly [K in "onCreate" | "onAcquire" | "onRelease" | "destroy" | "healthCheck"]: boolean };
  readonly checkOn: readonly CheckOn[];
  readonly limits: Partial<PoolOptions<Item>>;
  readonly behaviours: readonly Behaviour[];
  readonly steps: readonly Step[];
}

const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined, freq: 2 });
const ms = (...values: number[]): fc.Arbitrary<number> => fc.constantFrom(...values);
const which = fc.nat({ max: 7 });

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("acquire" as const),
      timeoutMs: ms(0, 5, 15, 25, 60, Infinity),
      aborts: fc.boolean(),
      held: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("tryAcquire" as const) }) },
  { weight: 7, arbitrary: fc.record({ do: fc.constantFrom("release" as const), which }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constantFrom("release twice", "discard", "abort", "abort", "refuse"), which }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom("drain", "drained"), which }) },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant("microtasks" as const), count: fc.integer({ min: 1, max: 6 }) }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("turn" as const) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("advance" as const), ms: ms(1, 5, 10, 20, 30, 100) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("stand still" as const), ms: ms(5, 30, 100) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("resize" as const), to: fc.nat({ max: 4 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("ready" as const, "recycle" as const) }) },
);

/** Any run. */
export const runs: fc.Arbitrary<Run> = fc.record({
  maxSize: fc.integer({ min: 1, max: 4 }),
  minSize: fc.nat({ max: 2 }),
  hooks: fc.record({
    onCreate: fc.boolean(),
    onAcquire: fc.boolean(),
    onRelease: fc.boolean(),
    destroy: fc.boolean(),
    healthCheck: fc.boolean(),
  }),
  checkOn: fc.subarray<CheckOn>(["idle", "acquire", "release"]),
  limits: fc.record({
    createTimeoutMs: ms(10, 25, 50),
    checkTimeoutMs: ms(10, 25, 50),
    destroyTimeoutMs: ms(10, 25, 50),
    drainTimeoutMs: ms(15, 40),
    createConcurrency: ms(1, 2, Infinity),
    createBackoffMs: fc.constant({ min: 5, max: 40 }),
    maxWaiting: maybe(fc.nat({ max: 3 })),
    maxUses: maybe(fc.integer({ min: 1, max: 3 })),
    idleTimeoutMs: maybe(ms(0, 10, 30)),
    maxAgeMs: maybe(ms(15, 50)),
    leaseWarnMs: maybe(ms(10, 20)),
    maxLeaseMs: maybe(ms(15, 40)),
    healthCheckIntervalMs: ms(10, 30),
    checkAfterIdleMs: ms(0, 5),
    order: fc.constantFrom("lifo", "fifo"),
    minIdle: maybe(ms(1, 2)),
  }),
  behaviours: fc.array(fc.constantFrom(...BEHAVIOURS), { minLength: 1, maxLength: 12 }),
  steps: fc
    .tuple(fc.array(step, { minLength: 5, maxLength: 40 }), fc.boolean())
    .map(([steps, closes]) => (closes ? [...steps, { do: "close" } as const, ...steps.slice(0, 6)] : steps)),
});

/** An instance, and what the model knows of it. */
class Item {
  holder: object | undefined;
  destroys = 0;
  unfit = false;
  /** `onAcquire` has begun something for a holder that `onRelease` has not ended. */
  prepared = false;
  /** It is in the pool for certain. */
  known = false;
  constructor(readonly n: number) {}
}

/** What goes on using an instance after its lease, until the run or the pool ends it. */
class Use implements InUse {
  readonly holder = "the model";
  onOver: (() => void) | undefined = undefined;
  isOver = true;
  constructor(readonly item: Item) {}
  describe(): string {
    return "something";
  }
  begin(): void {
    this.isOver = false;
    this.item.holder = this;
  }
  /** The item is nobody's before the pool is told. */
  end(): void {
    if (this.isOver) return;
    this.cut();
    this.onOver!();
  }
  cut(): void {
    this.isOver = true;
    this.item.holder = undefined;
  }
}

interface Asked {
  readonly order: number;
  readonly aborter: AbortController | undefined;
  readonly holder: Noting | undefined;
  state: "pending" | "served" | "rejected";
  aborted: boolean;
}

class Noting implements Holder {
  waits = 0;
  wait: Wait | undefined;
  lost = false;
  constructor(readonly name: string) {}
  waitBegan(wait: Wait): void {
    this.waits++;
    this.wait = wait;
  }
  waitEnded(wait: Wait): void {
    must(wait === this.wait, "wait");
    this.waits--;
  }
  leaseLost(): void {
    this.lost = true;
  }
}

/** Does what the run says to a real pool, and checks after each step what must always hold. */
export class Model {
  readonly clock = new VirtualClock();
  readonly pool: Pool<Item>;
  readonly #run: Run;
  #calls = 0;
  /** Slots that are physically taken: from the call of create to the end of destroy, or until the pool gives up either. */
  readonly #physical = new Set<object>();
  #physicalBound: number;
  #slotBound: number;
  readonly #items: Item[] = [];
  readonly #asked: Asked[] = [];
  readonly #leases: { readonly lease: Lease<Item>; readonly item: Item; over: boolean }[] = [];
  readonly #uses: Use[] = [];
  #closing: Promise<void> | undefined;
  #closed = false;
  /** What user code saw that must not be: what it throws itself would be the pool's to catch. */
  readonly #violations: string[] = [];
  /** Nothing changes the order of service between the queue and the lease. */
  readonly #fair: boolean;
  /** In the end all user code works again. */
  #healthy = false;

  constructor(run: Run) {
    this.#run = run;
    const { hooks, maxSize } = run;
    const { healthCheckIntervalMs, ...limits } = run.limits;
    const minSize = Math.min(run.minSize, maxSize);
    const checkOn = hooks.healthCheck ? run.checkOn : [];
    this.#fair = !hooks.onAcquire && !checkOn.includes("acquire");
    this.#physicalBound = this.#slotBound = maxSize;
    const optional: Partial<PoolOptions<Item>> = {};
    if (hooks.onCreate) optional.onCreate = (item) => this.#behave(item);
    if (hooks.onAcquire) optional.onAcquire = (item) => this.#prepare(item);
    if (hooks.onRelease) optional.onRelease = (item) => this.#reset(item);
    if (hooks.healthCheck) {
      optional.healthCheck = (item) => this.#free(item);
      optional.healthCheckIntervalMs = healthCheckIntervalMs;
    }
    this.pool = new Pool<Item>({
      ...limits,
      ...optional,
      minIdle: Math.min(limits.minIdle ?? 0, maxSize),
      checkOn,
      maxSize,
      minSize,
      label: "Model",
      clock: this.clock,
      logger: { warn: () => undefined },
      create: (n, context) => this.#create(n, context),
      destroy: (item) => this.#destroy(item),
    });
  }

  async execute(): Promise<void> {
    for (const step of this.#run.steps) {
      await this.#step(step);
      this.check(step.do === "turn" || step.do === "advance");
    }
    await this.#end();
  }

  /** What holds at any time. */
  check(told = false): void {
    must(this.#violations.length === 0, "violations", this.#violations);
    const stats = this.pool.stats();
    expectBooks(stats);
    const idle = new Set(stats.instances.filter(({ state }) => state === "idle").map(({ n }) => n));
    const prepared = this.#items.filter((item) => item.prepared && idle.has(item.n));
    must(prepared.length === 0, "idle though prepared", prepared);
    const maxSize = stats.maxSize ?? Infinity;
    const physical = this.#physical.size;
    const slots = stats.size + stats.destroying;
    // After a resize to fewer there may be more for a while, but ever fewer.
    must(physical <= this.#physicalBound, "instances that exist", physical, this.#physicalBound);
    must(slots <= this.#slotBound, "slots", slots, this.#slotBound);
    this.#physicalBound = Math.max(maxSize, physical);
    this.#slotBound = Math.max(maxSize, slots);
    for (const entry of this.#leases) {
      if (entry.over) continue;
      // A lease that was taken back says so; else it is the only one of its instance.
      const lost = isOver(entry.lease);
      if (lost) this.#over(entry);
      else must(entry.item.holder === entry, "holder", entry.item.n);
    }
    // Who was served or refused may not have been told yet: a promise reaction is some microtasks away.
    const pending = this.#asked.filter(({ state }) => state === "pending").length;
    const untold = pending - stats.waiting;
    const undelivered = stats.leased - this.#leases.filter(({ over }) => !over).length;
    must(untold >= 0 && untold <= (told ? 0 : pending), "untold", untold, pending);
    must(undelivered >= 0 && undelivered <= untold, "undelivered", undelivered, untold);
  }

  async #step(step: Step): Promise<void> {
    switch (step.do) {
      case "acquire":
        this.#acquire(step.timeoutMs, step.aborts, step.held);
        break;
      case "tryAcquire":
        try {
          const lease = this.pool.tryAcquire();
          if (lease !== undefined) this.#served(lease);
        } catch (error) {
          expect(error).to.be.instanceOf(ScopeError).and.to.have.property("code", "CREATE_FAILED");
        }
        break;
      case "release":
      case "release twice":
      case "discard": {
        const entry = this.#leases[step.which % Math.max(1, this.#leases.length)];
        if (entry === undefined) break;
        const { lease } = entry;
        this.#over(entry);
        await this.#settles(step.do === "discard" ? lease.discard() : lease.release());
        if (step.do === "release twice") await this.#settles(lease.release());
        break;
      }
      case "drain": {
        const entry = this.#leases[step.which % Math.max(1, this.#leases.length)];
        if (entry !== undefined && !isOver(entry.lease)) this.#drain(entry);
        break;
      }
      case "drained":
        this.#uses[step.which % Math.max(1, this.#uses.length)]?.end();
        break;
      case "abort": {
        const asked = this.#asked[step.which % Math.max(1, this.#asked.length)];
        if (asked?.aborter === undefined) break;
        asked.aborted = true;
        asked.aborter.abort(new Error("aborted"));
        break;
      }
      case "refuse": {
        const asked = this.#asked[step.which % Math.max(1, this.#asked.length)];
        asked?.holder?.wait?.reject(new ScopeError("POOL_DEADLOCK", "refused"));
        break;
      }
      case "microtasks":
        for (let i = 0; i < step.count; i++) await undefined;
        break;
      case "turn":
        await turn();
        break;
      case "advance":
        await this.clock.advance(step.ms);
        break;
      case "stand still":
        // What is due fires late, at the next advance.
        this.clock.time += step.ms;
        break;
      case "resize":
        this.#resize(step.to);
        break;
      case "ready":
        this.pool.ready().catch((error: unknown) => expect(error).to.be.instanceOf(ScopeError));
        break;
      case "recycle":
        this.pool.recycle();
        break;
      case "close":
        this.#close();
        break;
    }
  }

  #drain(entry: { readonly lease: Lease<Item>; readonly item: Item; over: boolean }): void {
    const { lease, item } = entry;
    this.#over(entry);
    const use = lease.use(() => new Use(item));
    this.#uses.push(use);
    use.begin();
    lease.drain();
  }

  #resize(to: number): void {
    const { size, destroying } = this.pool.stats();
    this.#slotBound = Math.max(to, size + destroying);
    this.#physicalBound = Math.max(to, this.#physical.size);
    this.pool.resize(to);
  }

  #close(): void {
    this.#closing ??= this.pool.close({ graceMs: 50 }).then(() => {
      this.#closed = true;
    });
  }

  /** Everything ends: whatever was asked is answered, whatever was made is destroyed, no timer is left. */
  async #end(): Promise<void> {
    const { maxSize } = this.#run;
    this.#healthy = true;
    if (this.#closing === undefined) {
      // First everyone who waits is served or refused in the course of time, without any new request.
      this.#resize(maxSize);
      for (let round = 0; round < 200 && this.#asked.some(({ state }) => state === "pending"); round++) {
        for (const entry of this.#leases) {
          if (entry.over) continue;
          this.#over(entry);
          void entry.lease.release();
        }
        await this.clock.advance(20);
        this.check(true);
      }
      const unanswered = this.#asked.filter(({ state }) => state === "pending").length;
      must(unanswered === 0, "unanswered", unanswered, this.pool.stats());
    }
    this.#close();
    await this.clock.advance(500);
    this.check(true);
    const { size, destroying, waiting, state, created, destroyed } = this.pool.stats();
    const isEmpty = size + destroying + waiting === 0;
    must(this.#closed && isEmpty && state === "closed", "closed", this.pool.stats());
    must(this.clock.timers === this.#slow, "timers", this.clock.timers, this.#slow);
    for (const { state, holder } of this.#asked) {
      must(state !== "pending", state);
      must((holder?.waits ?? 0) === 0, "waits", holder?.waits);
    }
    for (const { n, destroys } of this.#items) must(destroys === 1, "destroys", n, destroys);
    const total = Object.values(destroyed).reduce((sum, count) => sum + count, 0);
    must(total - destroyed.late - destroyed.createFailed === created, "destroyed", destroyed, created);
  }

  #acquire(timeoutMs: number, aborts: boolean, held: boolean): void {
    const aborter = aborts && !held ? new AbortController() : undefined;
    const holder = held ? new Noting("holder") : undefined;
    const asked: Asked = { order: this.#asked.length, aborter, holder, state: "pending", aborted: false };
    this.#asked.push(asked);
    const lease =
      holder === undefined ? this.pool.acquire({ timeoutMs, signal: aborter?.signal }) : acquireFor(this.pool, holder);
    lease.then(
      (lease) => {
        asked.state = "served";
        must((holder?.waits ?? 0) === 0, "waits", holder?.waits);
        if (this.#fair) {
          const earlier = this.#asked.find(({ order, state }) => order < asked.order && state === "pending");
          must(earlier === undefined, "overtaken", earlier?.order, asked.order);
        }
        this.#served(lease);
      },
      (error: unknown) => {
        asked.state = "rejected";
        if (asked.aborted && (error as Error).message === "aborted") return;
        must(error instanceof ScopeError && REFUSALS.has(error.code), "refused", String(error));
      },
    );
  }

  #served(lease: Lease<Item>): void {
    // Between the lease and this reaction it may have been taken back, but not lent again.
    if (isOver(lease)) return;
    const item = lease.value;
    must(item.holder === undefined, "lent twice", item.n);
    must(item.destroys === 0, "lent though destroyed", item.n);
    must(!item.unfit, "lent though unfit", item.n);
    must(this.#physical.has(this.#slots.get(item)!), "lent though given up", item.n);
    const entry = { lease, item, over: false };
    item.holder = entry;
    item.known = true;
    // From now on it is the holder's to end, and the pool's only by a reset.
    item.prepared = false;
    this.#leases.push(entry);
  }

  #over(entry: { readonly item: Item; over: boolean }): void {
    if (entry.over) return;
    entry.over = true;
    if (entry.item.holder === entry) entry.item.holder = undefined;
  }

  /** A release or discard never rejects; it need not be waited for. */
  async #settles(promise: Promise<void>): Promise<void> {
    promise.catch((error: unknown) => {
      throw new Error("a release rejected", { cause: error });
    });
    await undefined;
  }

  // ---- user code -----------------------------------------------------------------------------------------------

  #next(): Behaviour {
    if (this.#healthy) return "now";
    const { behaviours } = this.#run;
    return behaviours[this.#calls++ % behaviours.length] as Behaviour;
  }

  #slow = 0;

  #sleep(): Promise<void> {
    this.#slow++;
    return new Promise((resolve) => {
      this.clock.setTimeout(() => {
        this.#slow--;
        resolve();
      }, SLOW_MS);
    });
  }

  #create(n: number, { signal }: CreateContext): Item | Promise<Item> {
    const slot = {};
    this.#physical.add(slot);
    const due = this.clock.time + (this.#run.limits.createTimeoutMs as number);
    // The pool's word counts, not a timer of our own: where the clock stood still the two come one after the other, and in
    // between the instance would be in time for one of them and late for the other. After a close nothing more is made.
    signal.addEventListener("abort", () => {
      if ((signal.reason as ScopeError).code !== "CREATE_TIMEOUT") return;
      if (this.clock.time < due) this.#violations.push(`create ${n} is given up too soon`);
      this.#physical.delete(slot);
    });
    const make = (): Item => {
      const item = new Item(n);
      this.#items.push(item);
      this.#slots.set(item, slot);
      return item;
    };
    const fail = (): never => {
      this.#physical.delete(slot);
      throw new Error(`create ${n}`);
    };
    const nothing = (): Item => {
      this.#physical.delete(slot);
      return (this.#items.find(({ destroys, known }) => known && destroys === 0) ?? null) as Item;
    };
    return this.#act(make, fail, nothing);
  }

  /** What holds each. */
  readonly #slots = new Map<Item, object>();

  #destroy(item: Item): unknown {
    if (++item.destroys > 1) this.#violations.push(`${item.n} is destroyed twice`);
    if (this.#uses.some((use) => use.item === item && !use.isOver))
      this.#violations.push(`${item.n} is destroyed in use`);
    const entry = this.#leases.find((entry) => entry.item === item && !entry.over);
    if (entry !== undefined) {
      if (!isOver(entry.lease)) this.#violations.push(`${item.n} is destroyed though leased`);
      this.#over(entry);
    }
    const gone = (): void => void this.#physical.delete(this.#slots.get(item)!);
    if (!this.#run.hooks.destroy) {
      gone();
      return undefined;
    }
    this.#slow++;
    this.clock.setTimeout(() => {
      this.#slow--;
      gone();
    }, this.#run.limits.destroyTimeoutMs as number);
    const fail = (): never => {
      gone();
      throw new Error("destroy");
    };
    return this.#act(gone, fail, gone);
  }

  /** A hook of an instance that nobody must hold. */
  #free(item: Item): unknown {
    if (item.holder !== undefined) this.#violations.push(`${item.n} is touched though leased`);
    if (item.destroys > 0) this.#violations.push(`${item.n} is touched though destroyed`);
    return this.#behave(item);
  }

  #prepare(item: Item): unknown {
    item.prepared = true;
    return this.#free(item);
  }

  #reset(item: Item): unknown {
    item.unfit = true;
    const clean = (): void => void (item.unfit = item.prepared = false);
    if (item.destroys > 0) this.#violations.push(`${item.n} is reset though destroyed`);
    return this.#act(
      clean,
      () => {
        throw new Error("reset");
      },
      clean,
    );
  }

  #behave(item: Item): unknown {
    return this.#act<unknown>(
      () => item,
      () => {
        throw new Error("hook");
      },
      () => false,
    );
  }

  #act<R>(good: () => R, bad: () => never, odd: () => R): R | Promise<R> {
    switch (this.#next()) {
      case "now":
        return good();
      case "soon":
        return Promise.resolve().then(good);
      case "slow":
        return this.#sleep().then(good);
      case "throw":
        return bad();
      case "reject":
        return Promise.resolve().then(bad);
      case "fail late":
        return this.#sleep().then(bad);
      case "hang":
        return new Promise<R>(() => undefined);
      case "nonsense":
        return odd();
    }
  }
}

function isOver(lease: Lease<unknown>): boolean {
  try {
    return lease.value === undefined;
  } catch {
    return true;
  }
}
