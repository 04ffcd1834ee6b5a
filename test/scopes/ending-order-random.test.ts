import "reflect-metadata";
import { expect } from "chai";
import fc from "fast-check";
import { runInContext, ScopedContainer } from "inversify-scopes";
import { turn } from "../support/gate.js";
import { Holder } from "../support/holding.js";

/*
 * Random graphs of services, with circles, of all scopes; touched in a random order, in one context; ended by disposers that
 * are synchronous or not, and may fail. What is expected is worked out by brute force.
 */

type Kind = "per-async-context" | "pooled" | "shared";
type End = "at once" | "later" | "fails" | "fails later";

interface Plan {
  readonly kinds: readonly Kind[];
  readonly ends: readonly End[];
  /** Who gets whose proxy; from one to another, or to itself. */
  readonly injected: readonly (readonly [number, number])[];
  /** Who touches whom in its factory: always one with a higher number, which rules out that each needs the other. */
  readonly touched: readonly (readonly [number, number])[];
  readonly touches: readonly number[];
  readonly bodyFails: boolean;
}

const MOST = 7;
const pair = fc.tuple(fc.nat(MOST - 1), fc.nat(MOST - 1));
const plans: fc.Arbitrary<Plan> = fc
  .record({
    kinds: fc.array(fc.constantFrom<Kind>("per-async-context", "per-async-context", "pooled", "shared"), {
      minLength: MOST,
      maxLength: MOST,
    }),
    ends: fc.array(fc.constantFrom<End>("at once", "later", "fails", "fails later"), {
      minLength: MOST,
      maxLength: MOST,
    }),
    injected: fc.array(pair, { maxLength: 12 }),
    touched: fc.array(pair, { maxLength: 4 }),
    touches: fc.array(fc.nat(MOST - 1), { minLength: 1, maxLength: MOST }),
    bodyFails: fc.boolean(),
  })
  .map((plan) => ({
    ...plan,
    touched: plan.touched.filter(([from, to]) => from < to && mayTouch(plan.kinds, from, to)),
  }));

/** What outlives contexts touches nothing of them while it is made. */
function mayTouch(kinds: readonly Kind[], from: number, to: number): boolean {
  return kinds[from] === "per-async-context" || kinds[to] === "shared";
}

/** Everything that one leads to, itself only by a way around. What was not made has touched nothing. */
function reachableFrom({ injected, touched }: Plan, made: readonly number[], from: number): Set<number> {
  const found = new Set<number>();
  const edges = [...injected, ...touched.filter(([holder]) => made.includes(holder))];
  const add = (one: number): void => {
    for (const [holder, held] of edges) {
      if (holder !== one || found.has(held)) continue;
      found.add(held);
      add(held);
    }
  };
  add(from);
  return found;
}

/** Of those that nothing left must end before, the last taken is the next. */
function expectedOrder(plan: Plan, made: readonly number[], taken: readonly number[]): number[] {
  const reachable = plan.kinds.map((_, i) => reachableFrom(plan, made, i));
  const endsBefore = (a: number, b: number): boolean => reachable[a]!.has(b) && !reachable[b]!.has(a);
  const left = [...taken];
  const order: number[] = [];
  while (left.length > 0) {
    const next = left.findLast((one) => !left.some((other) => endsBefore(other, one)))!;
    left.splice(left.indexOf(next), 1);
    order.push(next);
  }
  return order;
}

class Run {
  readonly taken: number[] = [];
  readonly ended: number[] = [];
  readonly container = new ScopedContainer();
  readonly #plan: Plan;

  constructor(plan: Plan) {
    this.#plan = plan;
    for (const [i, kind] of plan.kinds.entries()) this.#bind(i, kind);
  }

  #bind(i: number, kind: Kind): void {
    const needs = this.#plan.injected.filter(([from]) => from === i).map(([, to]) => `s${to}`);
    const binding = this.container.bind<Holder>(`s${i}`).toResolvedValue((...held: Holder[]) => {
      for (const [from, to] of this.#plan.touched) if (from === i) this.touch(to);
      return new Holder(...held);
    }, needs);
    const options = { shape: Holder, jitless: true };
    if (kind === "per-async-context") binding.inPerAsyncContextScope({ ...options, destroy: () => this.#end(i) });
    else if (kind === "shared") binding.inSharedScope({ ...options, destroy: () => this.#end(i) });
    // A pool tells failures of its hooks to nobody in the context.
    else binding.inPooledScope({ ...options, maxSize: 1, onRelease: () => void this.ended.push(i) });
  }

  #end(i: number): void | Promise<void> {
    this.ended.push(i);
    const how = this.#plan.ends[i]!;
    if (how === "at once") return undefined;
    if (how === "fails") throw failureOf(i);
    return turn().then(() => {
      if (how === "fails later") throw failureOf(i);
    });
  }

  touch(i: number): void {
    this.container.get<Holder>(`s${i}`).touch();
    if (!this.taken.includes(i)) this.taken.push(i);
  }

  takenOf(...kinds: Kind[]): number[] {
    return this.taken.filter((i) => kinds.includes(this.#plan.kinds[i]!));
  }

  /** Which of those that end fail, in their order. */
  failing(order: readonly number[]): string[] {
    return order
      .filter((i) => this.#plan.kinds[i] !== "pooled" && this.#plan.ends[i]!.startsWith("fails"))
      .map((i) => failureOf(i).message);
  }
}

function failureOf(i: number): Error {
  return new Error(`s${i} failed`);
}

function messagesOf(error: unknown): string[] {
  if (error instanceof AggregateError) return error.errors.flatMap(messagesOf);
  return error === undefined ? [] : [(error as Error).message];
}

describe("the order of ending, in random graphs", () => {
  it("in a context every disposer runs once, in order, and the body's error comes first (law 7)", async () => {
    await fc.assert(
      fc.asyncProperty(plans, async (plan) => {
        const run = new Run(plan);
        const body = new Error("body") as Error & { suppressed?: unknown[] };
        const error = await runInContext(() => {
          for (const i of plan.touches) run.touch(i);
          if (plan.bodyFails) throw body;
        }).then(
          () => undefined,
          (reason: unknown) => reason,
        );
        const order = expectedOrder(plan, run.taken, run.takenOf("per-async-context", "pooled"));
        expect(run.ended).to.eql(order);
        if (plan.bodyFails) {
          expect(error).to.equal(body);
          expect((body.suppressed ?? []).flatMap(messagesOf)).to.eql(run.failing(order));
        } else {
          expect(messagesOf(error)).to.eql(run.failing(order));
        }
      }),
      { numRuns: 300, seed: 7 },
    );
  });

  it("in a container every one ends once, and begins when all that hold it have ended (law 15)", async () => {
    await fc.assert(
      fc.asyncProperty(plans, async (plan) => {
        const allShared: Plan = {
          ...plan,
          kinds: plan.kinds.map(() => "shared" as const),
          ends: plan.ends.map((end) => (end.startsWith("fails") ? "fails" : "at once")),
        };
        const run = new Run(allShared);
        for (const i of plan.touches) run.touch(i);
        const error: unknown = await run.container.unbindAllAsync().then(
          () => undefined,
          (reason: unknown) => reason,
        );
        const order = expectedOrder(allShared, run.taken, run.taken);
        expect(run.ended).to.eql(order);
        expect(messagesOf(error).toSorted()).to.eql(run.failing(order).toSorted());
      }),
      { numRuns: 200, seed: 7 },
    );
  });

  it("where ends take time, related ones keep their order (law 15)", async () => {
    await fc.assert(
      fc.asyncProperty(plans, async (plan) => {
        const slow: Plan = {
          ...plan,
          kinds: plan.kinds.map(() => "shared" as const),
          ends: plan.ends.map((end) => (end.startsWith("fails") ? "at once" : end)),
        };
        const run = new Run(slow);
        for (const i of plan.touches) run.touch(i);
        await run.container.unbindAllAsync();
        expect(run.ended).to.have.members(run.taken).and.to.have.length(run.taken.length);
        for (const [at, i] of run.ended.entries()) {
          for (const later of run.ended.slice(at + 1)) {
            const isWrong =
              reachableFrom(slow, run.taken, later).has(i) && !reachableFrom(slow, run.taken, i).has(later);
            expect(isWrong, `s${i} before s${later}, which holds it`).to.equal(false);
          }
        }
      }),
      { numRuns: 100, seed: 7 },
    );
  });
});
