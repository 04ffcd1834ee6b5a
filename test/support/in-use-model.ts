import { PassThrough } from "node:stream";
import { expect } from "chai";
import fc from "fast-check";
import { bindToContext, detach, pooledScope, release, runInContext, ScopedContainer } from "inversify-scopes";
import { expectNoLeases, swapScope } from "inversify-scopes/testing";
import { VirtualClock } from "./clock.js";
import { type Gate, gate, turn } from "./gate.js";

const KINDS = ["call", "stream", "streamLater", "webStream", "rows", "lines"] as const;
type Kind = (typeof KINDS)[number];

/** One step of a run; `which` picks a context, a use or a swap of those there are. */
export type Step =
  | { readonly do: "begin"; readonly how: "context" | "detached" | "child" | "short grace"; readonly which: number }
  | { readonly do: "use"; readonly kind: Kind; readonly which: number }
  | { readonly do: "end" | "fail" | "release" | "finish" | "break" | "unswap"; readonly which: number }
  | { readonly do: "swap" | "turn" }
  | { readonly do: "advance"; readonly ms: number };

/** What is bound, and what is done to it. */
export interface Run {
  readonly maxSize: number;
  readonly concurrency: "allow" | "serialize" | "throw";
  readonly drainTimeoutMs: number;
  readonly steps: readonly Step[];
}

const which = fc.nat({ max: 9 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("begin" as const),
      how: fc.constantFrom("context", "context", "detached", "child", "short grace"),
      which,
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant("use" as const), kind: fc.constantFrom(...KINDS), which }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom("end", "end", "fail", "release"), which }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom("finish", "finish", "break"), which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("swap" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("unswap" as const), which }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("turn" as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("advance" as const), ms: fc.constantFrom(1, 10, 40) }) },
);

/** Any run. */
export const runs: fc.Arbitrary<Run> = fc.record({
  maxSize: fc.integer({ min: 1, max: 3 }),
  concurrency: fc.constantFrom("allow", "allow", "serialize", "throw"),
  drainTimeoutMs: fc.constantFrom(5, 30, Infinity),
  steps: fc.array(step, { minLength: 5, maxLength: 50 }),
});

/** Something that one context has called and that goes on until the test ends it. */
class Use {
  readonly until = gate();
  on: Conn | undefined;
  finish: (() => unknown) | undefined;
  /** The test has ended it, perhaps before it had begun. */
  isDone = false;
  constructor(readonly owner: string) {}
}

/** An instance that knows who uses it, and finds out if somebody else does at the same time. */
class Conn {
  readonly users = new Set<Use>();
  ended = false;

  #begin(use: Use): void {
    expect(this.ended, "a call on what is destroyed").to.equal(false);
    for (const { owner } of this.users) expect(owner, "who uses it meanwhile").to.equal(use.owner);
    use.on = this;
    this.users.add(use);
  }

  async call(use: Use): Promise<void> {
    this.#begin(use);
    try {
      await use.until.promise;
    } finally {
      this.users.delete(use);
    }
  }

  stream(use: Use): PassThrough {
    this.#begin(use);
    return this.#opened(use);
  }

  /** In use from the call on: the drain time may be over, and this destroyed, before there is a stream. */
  async streamLater(use: Use): Promise<PassThrough> {
    this.#begin(use);
    await turn();
    return this.#opened(use);
  }

  #opened(use: Use): PassThrough {
    const stream = new PassThrough();
    use.finish = () => stream.destroy();
    if (use.isDone) {
      this.users.delete(use);
      stream.destroy();
    }
    return stream;
  }

  webStream(use: Use): ReadableStream {
    this.#begin(use);
    let controller: ReadableStreamDefaultController | undefined;
    const stream = new ReadableStream({ start: (started) => void (controller = started) });
    // The pool may have ended it.
    use.finish = () => this.ended || controller!.close();
    return stream;
  }

  rows(use: Use): AsyncGenerator<number> {
    this.#begin(use);
    async function* rows(): AsyncGenerator<number> {
      yield 1;
    }
    return rows();
  }

  lines(use: Use): Generator<number> {
    this.#begin(use);
    function* lines(): Generator<number> {
      yield 1;
    }
    return lines();
  }
}

interface OpenContext {
  readonly name: string;
  readonly run: <R>(fn: () => R) => R;
  readonly body: Gate;
  readonly over: Promise<unknown>;
}

/** Does what a run says with real contexts and a real pool; each instance checks law 13 whenever it is used. */
export class Model {
  readonly #run: Run;
  readonly #container = new ScopedContainer();
  readonly #clock = new VirtualClock();
  readonly #conn: Conn;
  readonly #contexts: OpenContext[] = [];
  readonly #settled: Promise<unknown>[] = [];
  readonly #swaps: Disposable[] = [];
  #uses: Use[] = [];
  #count = 0;
  /** What an instance has found. */
  #wrong: unknown;

  constructor(run: Run) {
    this.#run = run;
    this.#container
      .bind(Conn)
      .toDynamicValue(() => new Conn())
      .inScope(this.#scope());
    this.#conn = this.#container.get(Conn);
  }

  #scope(): ReturnType<typeof pooledScope<Conn>> {
    const { maxSize, concurrency, drainTimeoutMs } = this.#run;
    return pooledScope<Conn>({
      maxSize,
      concurrency,
      drainTimeoutMs,
      clock: this.#clock,
      acquireTimeoutMs: 100,
      logger: { warn() {} },
      onRelease: ({ users }) => this.#expectUnused(users, "at the reset"),
      onAcquire: ({ users }) => this.#expectUnused(users, "before the next lease"),
      destroy: (conn) => void (conn.ended = true),
    });
  }

  /** A hook that throws costs the instance and nothing else, so it is noted. */
  #expectUnused(users: ReadonlySet<Use>, when: string): void {
    if (users.size > 0) this.#wrong ??= new Error(`an instance was in use ${when}`);
  }

  async run(): Promise<void> {
    for (const each of this.#run.steps) {
      await this.#do(each);
      if (this.#wrong !== undefined) throw this.#wrong;
    }
    await this.#settle();
    if (this.#wrong !== undefined) throw this.#wrong;
  }

  async #do(each: Step): Promise<void> {
    switch (each.do) {
      case "begin":
        return this.#begin(each.how, each.which);
      case "use":
        return this.#use(each.kind, each.which);
      case "end":
      case "fail":
        return this.#end(each.do, each.which);
      case "release": {
        const context = pick(this.#contexts, each.which);
        if (context !== undefined) this.#note(context.run(() => release(this.#conn)));
        return;
      }
      case "finish":
      case "break":
        return this.#finish(each.do, each.which);
      case "swap":
        this.#swaps.push(swapScope(this.#container, Conn, this.#scope()));
        return;
      case "unswap": {
        const [swap] = this.#swaps.splice(each.which % (this.#swaps.length || 1), 1);
        swap?.[Symbol.dispose]();
        return;
      }
      case "turn":
        return turn();
      case "advance":
        return this.#clock.advance(each.ms);
    }
  }

  #begin(how: (Step & { do: "begin" })["how"], parent: number): void {
    const name = `context ${this.#count++}`;
    const body = gate();
    let run!: OpenContext["run"];
    const work = (): Promise<void> => {
      run = bindToContext((fn: () => unknown) => fn()) as OpenContext["run"];
      return body.promise;
    };
    const options = { name, ...(how === "short grace" ? { graceMs: 1 } : {}) };
    const outer = how === "child" ? pick(this.#contexts, parent) : undefined;
    const start = (): Promise<void> => (how === "detached" ? detach : runInContext)(options, work);
    const over = outer === undefined ? start() : outer.run(start);
    this.#note(over);
    this.#contexts.push({ name, run, body, over });
  }

  #use(kind: Kind, which: number): void {
    const context = pick(this.#contexts, which);
    if (context === undefined) return;
    const use = new Use(context.name);
    this.#uses.push(use);
    try {
      const result: unknown = context.run(() => this.#conn[kind](use));
      if (result instanceof Promise) this.#note(result);
      else if (kind === "rows" || kind === "lines") use.finish = () => (result as Generator).return(undefined);
    } catch (error) {
      this.#seen(error);
    }
  }

  #end(how: "end" | "fail", which: number): void {
    const [context] = this.#contexts.splice(which % (this.#contexts.length || 1), 1);
    if (how === "fail") context?.body.fail(new Error("the body fails"));
    else context?.body.open();
  }

  async #finish(how: "finish" | "break", which: number): Promise<void> {
    const use = pick(this.#uses, which);
    if (use === undefined) return;
    this.#uses = this.#uses.filter((other) => other !== use);
    const { on, finish } = use;
    use.isDone = true;
    if (finish !== undefined) {
      on?.users.delete(use);
      await finish();
    } else if (how === "break") {
      use.until.fail(new Error("the call fails"));
    }
    use.until.promise.catch(() => {});
    use.until.open();
  }

  #note(promise: Promise<unknown>): void {
    this.#settled.push(promise.catch((error: unknown) => this.#seen(error)));
  }

  /** Typed errors and what the run itself lets fail are as they should be; what chai found is not. */
  #seen(error: unknown): void {
    if ((error as Error | undefined)?.name === "AssertionError") this.#wrong ??= error;
  }

  /** Everything ends; then nothing may be left in any hand. */
  async #settle(): Promise<void> {
    while (this.#contexts.length > 0) this.#end("end", 0);
    while (this.#uses.length > 0) await this.#finish("finish", 0);
    await this.#clock.advance(1_000);
    // A call that waited may have begun only now.
    for (let i = 0; i < 3; i++) await turn();
    await Promise.all(this.#settled);
    for (const swap of this.#swaps.splice(0)) swap[Symbol.dispose]();
    for (let i = 0; i < 3; i++) await turn();
    expectNoLeases(this.#container);
    await runInContext(async () => {
      const use = new Use("the last one");
      use.until.open();
      await this.#conn.call(use);
    });
  }
}

function pick<T>(list: readonly T[], which: number): T | undefined {
  return list[which % (list.length || 1)];
}
