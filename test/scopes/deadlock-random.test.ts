import { subscribe, unsubscribe } from "node:diagnostics_channel";

import { expect } from "chai";
import fc from "fast-check";
import {
  bindToContext,
  currentContext,
  detach,
  lease,
  type Lease,
  pooledScope,
  ready,
  release,
  runInContext,
  scopedProxy,
  ScopeError,
  setFactory,
  setInstance,
} from "inversify-scopes";

import { VirtualClock } from "../support/clock.js";
import { gate, turn } from "../support/gate.js";

class Connection {
  async query(): Promise<string> {
    return "rows";
  }
}

/** Pools of several sizes, with factories of both kinds. */
const SIZES = [1, 1, 2, 3];

function pool(i: number, clock: VirtualClock): Connection {
  const proxy = scopedProxy<Connection>(`pool-${i}`, { shape: Connection });
  const make = i % 2 === 0 ? (): Connection => new Connection() : async (): Promise<Connection> => new Connection();
  setFactory(proxy, make, pooledScope({ maxSize: SIZES[i]!, clock, acquireTimeoutMs: 10 }));
  return proxy;
}

/** A context that stays open and does what it is told. */
class Actor {
  readonly end = gate();
  readonly done: Promise<void>;
  readonly controller = new AbortController();
  isEnding = false;
  isOver = false;
  /** Deadlock detection's notes of the context. */
  #context: { readonly waits?: unknown } | undefined;
  run!: <R>(fn: () => R) => R;

  constructor(
    readonly name: string,
    readonly parent?: Actor,
    detachedFrom?: Actor,
  ) {
    const options = { name, signal: this.controller.signal };
    const body = async (): Promise<void> => {
      this.#context = currentContext() as object;
      this.run = bindToContext((fn: () => unknown) => fn()) as Actor["run"];
      await this.end.promise;
    };
    const begin = (): Promise<void> =>
      detachedFrom === undefined ? runInContext(options, body) : detach(options, body);
    const origin = parent ?? detachedFrom;
    this.done = (origin === undefined ? begin() : origin.run(begin)).then(() => void (this.isOver = true));
  }

  /** Then new acquisitions and children are refused. */
  get isAborted(): boolean {
    return this.controller.signal.aborted || this.parent?.isAborted === true;
  }

  get hasNotes(): boolean {
    return this.#context?.waits !== undefined;
  }
}

type Outcome = "waits" | "holds" | "deadlock" | "gone";

/** Somebody's wish for an instance: a context's, or, without an actor, that of explicit code. */
interface Want {
  readonly actor: Actor | undefined;
  readonly pool: number;
  outcome: Outcome;
  lease?: Lease<Connection>;
}

const KINDS = {
  take: 24,
  takeReusing: 2,
  release: 3,
  child: 4,
  detached: 1,
  end: 1,
  abort: 1,
  lease: 2,
  giveBack: 2,
  tick: 1,
} as const;
type Kind = keyof typeof KINDS;
interface Command {
  readonly kind: Kind;
  readonly actor: number;
  readonly pool: number;
}

const index = fc.nat({ max: 11 });
const command: fc.Arbitrary<Command> = fc.oneof(
  ...Object.entries(KINDS).map(([kind, weight]) => ({
    weight,
    arbitrary: fc.record({ kind: fc.constant(kind as Kind), actor: index, pool: index }),
  })),
);

const MOST_ACTORS = 8;
const CHANNEL = "inversify-scopes:pool:deadlock";

/** What happens, and what brute force says of it. */
class World {
  readonly clock = new VirtualClock();
  readonly pools = SIZES.map((_, i) => pool(i, this.clock));
  readonly actors = ["0", "1", "2", "3"].map((name) => new Actor(name));
  wants: Want[] = [];
  /** In the order in which they were refused, which is not that in which their promises settle. */
  refused: Want[] = [];
  readonly #onRefusal = (event: unknown): void => {
    const { pool: label, context } = event as { readonly pool: string; readonly context: string };
    const want = this.wants.find(
      ({ actor, pool: number, outcome }) =>
        actor?.name === context && `pool-${number}` === label && outcome === "waits",
    );
    this.refused.push(want!);
  };

  constructor() {
    subscribe(CHANNEL, this.#onRefusal);
  }

  get open(): Actor[] {
    return this.actors.filter(({ isOver }) => !isOver);
  }

  of(actor: Actor | undefined, pool: number, ...outcomes: Outcome[]): Want[] {
    return this.wants.filter((want) => want.actor === actor && want.pool === pool && outcomes.includes(want.outcome));
  }

  async do({ kind, actor: a, pool: p }: Command): Promise<void> {
    const actor = this.actors[a % this.actors.length]!;
    const number = p % SIZES.length;
    const proxy = this.pools[number]!;
    if (kind === "lease") this.#begin({ actor: undefined, pool: number, outcome: "waits" }, () => lease(proxy));
    else if (kind === "giveBack") await this.#giveBack(this.of(undefined, number, "holds")[0]);
    else if (kind === "tick") await this.clock.advance(3);
    else if (!actor.isEnding) await this.#act(kind, actor, number, proxy);
    await turn();
    await turn();
    this.wants = this.wants.filter(({ outcome, actor: owner }) => outcome !== "gone" && owner?.isOver !== true);
  }

  async #act(kind: Kind, actor: Actor, number: number, proxy: Connection): Promise<void> {
    if (kind === "take" || kind === "takeReusing") {
      if (this.of(actor, number, "waits", "holds").length > 0) return;
      const take = (): Promise<void> => ready(proxy);
      const reusing = (): Promise<void> => runInContext({ nested: "reuse" }, take);
      const want: Want = { actor, pool: number, outcome: "waits" };
      this.#begin(want, () => actor.run(kind === "take" ? take : reusing).then(() => undefined));
    } else if (kind === "release") {
      const [held] = this.of(actor, number, "holds");
      if (held === undefined) return;
      await actor.run(() => release(proxy));
      held.outcome = "gone";
    } else if (kind === "child" || kind === "detached") {
      if (this.actors.length === MOST_ACTORS || actor.isAborted) return;
      const name = String(this.actors.length);
      this.actors.push(kind === "child" ? new Actor(name, actor) : new Actor(name, undefined, actor));
    } else if (kind === "abort") {
      actor.controller.abort(new Error("aborted"));
    } else {
      actor.isEnding = true;
      actor.end.open();
    }
  }

  #begin(want: Want, take: () => Promise<Lease<Connection> | undefined>): void {
    this.wants.push(want);
    take().then(
      (held) => {
        want.outcome = "holds";
        if (held !== undefined) want.lease = held;
      },
      (error: unknown) => {
        want.outcome = error instanceof ScopeError && error.code === "POOL_DEADLOCK" ? "deadlock" : "gone";
      },
    );
  }

  async #giveBack(want: Want | undefined): Promise<void> {
    if (want === undefined) return;
    await want.lease!.release();
    want.outcome = "gone";
  }

  check(): void {
    for (const { outcome } of this.refused) expect(outcome).to.equal("deadlock");
    expect(this.#someStuck(), "a deadlock was missed").to.equal(false);
    this.#refuseFalseAlarms();
    for (const actor of this.actors) {
      if (!this.#waits(actor)) expect(actor.hasNotes, `notes are left in context ${actor.name}`).to.equal(false);
    }
  }

  /** Every refusal must have been right: with its wait, and those refused after it, brute force finds a deadlock. */
  #refuseFalseAlarms(): void {
    for (const want of this.refused) want.outcome = "waits";
    for (const want of this.refused.splice(0)) {
      expect(this.#someStuck(), "a false alarm").to.equal(true);
      want.outcome = "gone";
    }
  }

  #waits(actor: Actor): boolean {
    return (
      this.wants.some((want) => want.actor === actor && want.outcome === "waits") ||
      this.open.some((child) => child.parent === actor && this.#waits(child))
    );
  }

  /** Brute force: is there a set of contexts each of which is stuck if the others are? */
  #someStuck(): boolean {
    const { open } = this;
    for (let bits = 1; bits < 1 << open.length; bits++) {
      const set = new Set(open.filter((_, i) => (bits >> i) & 1));
      if ([...set].every((actor) => this.#isStuck(actor, set))) return true;
    }
    return false;
  }

  #isStuck(actor: Actor, set: ReadonlySet<Actor>): boolean {
    if (this.open.some((child) => child.parent === actor && set.has(child))) return true;
    return this.wants.some((want) => {
      if (want.actor !== actor || want.outcome !== "waits") return false;
      const holders = this.wants.filter(({ pool: of, outcome }) => of === want.pool && outcome === "holds");
      return (
        holders.length === SIZES[want.pool] && holders.every((held) => held.actor !== undefined && set.has(held.actor))
      );
    });
  }

  #explicit(): Want | undefined {
    return this.wants.find(({ lease: held, outcome }) => held !== undefined && outcome === "holds");
  }

  async finish(): Promise<void> {
    for (const { end } of this.actors) end.open();
    await Promise.all(this.actors.map(({ done }) => done));
    for (let held = this.#explicit(); held !== undefined; held = this.#explicit()) {
      await this.#giveBack(held);
      await turn();
    }
    unsubscribe(CHANNEL, this.#onRefusal);
    // The pools close, and their places in contexts are free for the next run's.
    for (const proxy of this.pools) setInstance(proxy, new Connection());
    for (const actor of this.actors) expect(actor.hasNotes).to.equal(false);
  }
}

/** How many refusals the runs have seen: a test that sees none proves nothing. */
let refusals = 0;

async function play(commands: readonly Command[]): Promise<void> {
  const world = new World();
  for (const next of commands) {
    await world.do(next);
    refusals += world.refused.length;
    world.check();
  }
  await world.finish();
}

describe("POOL_DEADLOCK, at random", () => {
  it("contexts, children, detached work, leases, aborts, time-outs, ends: never a false alarm, never a miss, nothing left", async () => {
    await fc.assert(fc.asyncProperty(fc.array(command, { minLength: 20, maxLength: 80 }), play), { numRuns: 500 });
    expect(refusals).to.be.greaterThan(100);
  }).timeout(60_000);
});
