import "reflect-metadata";
import { expect } from "chai";
import { currentContext, detach, pooledScope, poolOf, runInContext, ScopedContainer } from "inversify-scopes";
import { Context } from "../../src/context/context.js";
import { abandoned, isOutOfStack } from "../../src/context/out-of-stack.js";
import { reasonOf } from "../support/errors.js";
import { turn } from "../support/gate.js";
import { unhandledDuring } from "../support/warnings.js";
import { serviceOf } from "../support/services.js";
import { perContext, Thing } from "../support/things.js";

interface Rig {
  readonly db: Thing;
  leased(): number;
  /** Everything that began has ended. */
  openContexts(): number;
}

/** Watches the contexts that begin, and one pool of one connection. */
function rig(): Rig {
  const container = new ScopedContainer();
  container.bind(Thing).toSelf().inPooledScope({ maxSize: 1, acquireTimeoutMs: 1_000 });
  const db = container.get(Thing);
  return {
    db,
    leased: () => poolOf(db).stats().leased,
    openContexts: () => begun.filter((one) => one.state !== "ended").length,
  };
}

/** Contexts that have run their callback; those that had no room for it are waited for by these. */
let begun: { readonly state: string }[] = [];
const note = (): void => void (begun[begun.length] = currentContext()!);

type Recursion = (n: number) => unknown;

/** Ways to recurse for ever. */
const recursions: Readonly<Record<string, Recursion>> = {
  plainly: () => runInContext(recursions.plainly as never),
  "with options": (n) => runInContext({ name: String(n) }, () => (note(), recursions["with options"]!(n + 1))),
  "by way of a function": (n) =>
    runInContext(() => (note(), [n].map((one) => recursions["by way of a function"]!(one + 1))[0])),
  "with graceMs": (n) => runInContext({ graceMs: 10 }, () => (note(), recursions["with graceMs"]!(n + 1))),
  "in an async function": (n) => runInContext(async () => (note(), recursions["in an async function"]!(n + 1))),
  "with a signal": (n) => runInContext({ signal: SIGNAL }, () => (note(), recursions["with a signal"]!(n + 1))),
  detached: () => detach(() => (note(), recursions.detached!(0))),
};
const scopeOf = { shared: "shared", "per-async-context": "per-async-context", pooled: pooledScope(1) } as const;
/** Calls in between: JavaScriptCore's stack has room for some thousand factories. */
const deeper = <R>(calls: number, fn: () => R): R =>
  calls === 0 ? fn() : [calls].map(() => deeper(calls - 1, fn))[0]!;
const SIGNAL = new AbortController().signal;

describe("endless recursion through runInContext", () => {
  beforeEach(() => (begun = []));

  for (const [how, recurse] of Object.entries(recursions)) {
    it(`${how}: is a RangeError, no lease is lost, and every context ends`, async () => {
      const { db, leased, openContexts } = rig();
      const error = await reasonOf(
        runInContext(async () => {
          await db.later();
          return recurse(0);
        }),
      );
      expect(error).to.be.instanceOf(RangeError);
      expect(await runInContext(() => db.later())).to.include("later");
      await turn();
      expect([leased(), openContexts(), abandoned.last]).to.eql([0, 0, undefined]);
    });
  }

  it("caught by those who recurse: the result comes out, and every context ends", async () => {
    const recurse = (): unknown => {
      note();
      try {
        return runInContext(recurse);
      } catch {
        return "caught";
      }
    };
    const result = await runInContext(recurse).catch((error: unknown) => error);
    if (result !== "caught") expect(result).to.be.instanceOf(RangeError);
    await runInContext(() => {});
    await turn();
    expect(begun.filter(({ state }) => state !== "ended")).to.eql([]);
  });

  it("in no context around: whoever begins the next one ends what was left", async () => {
    const recurse = (): unknown => [runInContext(note)].map(recurse)[0];
    let error: unknown;
    // Nobody has room to handle what the innermost rejects with.
    await unhandledDuring(async () => {
      try {
        await recurse();
      } catch (reason) {
        error = reason;
      }
    });
    expect(error).to.be.instanceOf(RangeError);
    await runInContext(() => {});
    await turn();
    expect([begun.filter(({ state }) => state !== "ended"), abandoned.last]).to.eql([[], undefined]);
  });

  for (const scope of ["shared", "per-async-context", "pooled"] as const) {
    it(`through factories, each needing the next: the RangeError itself, in no wrapping (${scope})`, async () => {
      const chain: Thing[] = [];
      for (let i = 0; i < 2_000; i++) {
        const next = (): Thing => new Thing(deeper(20, () => chain[i + 1]!.hello()));
        chain.push(serviceOf(Thing, next, i > 0 && scope === "pooled" ? "shared" : scopeOf[scope]));
      }
      const error = await reasonOf(runInContext(() => chain[0]!.later()));
      expect(error).to.be.instanceOf(RangeError).and.to.not.have.property("code");
    });
  }

  it("what a disposer of a context that nobody could end throws is seen on the RangeError", async () => {
    const failure = new Error("commit failed");
    const unit = perContext("unit", {
      destroy() {
        throw failure;
      },
    });
    const full = new RangeError("Maximum call stack size exceeded") as RangeError & { suppressed?: unknown[] };
    let left: Context | undefined;
    await runInContext(() => {
      // What a full stack comes to, without one.
      const context = new Context(undefined);
      left = context;
      context.failure = full;
      context.abandonedBefore = abandoned.last;
      abandoned.last = context;
      context.hold({
        service: "unit",
        source: unit,
        dependent: undefined,
        above: undefined,
        below: undefined,
        end: () => {
          throw failure;
        },
      });
      unit.later().catch(() => {});
    }).catch(() => {});
    await runInContext(() => {});
    await turn();
    expect([left!.state, full.suppressed]).to.eql(["ended", [failure]]);
  });

  it("an error that cannot be looked at is no RangeError", () => {
    const cannot = (): never => {
      throw new Error("no");
    };
    expect(isOutOfStack(new Proxy({}, { has: cannot, get: cannot, getPrototypeOf: cannot }))).to.equal(false);
    for (const end of ["", "."]) {
      const cause = new RangeError(`Maximum call stack size exceeded${end}`); // as V8 and JavaScriptCore say it
      expect(isOutOfStack(new Error("x", { cause }))).to.equal(true);
    }
    expect(isOutOfStack(new RangeError("Invalid array length"))).to.equal(false);
  });
});

describe("contexts nested deeper than the stack", () => {
  it("ten thousand deep: waits for a pool, looks at its context, and is told of a deadlock in a text of some lines", async () => {
    const { db } = rig();
    const down = async (n: number, work: () => Promise<unknown>): Promise<unknown> => {
      await Promise.resolve();
      return n === 0 ? work() : runInContext(() => down(n - 1, work));
    };
    expect(await down(10_000, () => db.later())).to.include("later");
    const seen = await down(10_000, async () => currentContext()!.parent!.parent!.name);
    expect(seen).to.include("context #");
    const error = (await reasonOf(
      runInContext(async () => {
        await db.later();
        return down(10_000, () => db.later());
      }),
    )) as Error & { code: string };
    expect(error.code).to.equal("POOL_DEADLOCK");
    expect(error.message).to.include("steps");
    expect(error.message.length).to.be.lessThan(3_000);
  }).timeout(20_000);
});
