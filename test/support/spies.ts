import "reflect-metadata";
import { runInContext, ScopedContainer } from "inversify-scopes";
import type { BindInWhenOnFluentSyntax } from "inversify";

/** What a test puts spies on. Only the real one can be called on the real instance. */
export class Mailer {
  #sent = 0;
  async send(to: string): Promise<string> {
    return `mail ${++this.#sent} to ${to}`;
  }
}

/** How a tool puts something in the place of `send`; what it gives back counts calls, and takes it off. */
export interface Tool {
  /** Calls go on to what was there. */
  spy(mailer: Mailer): Spied;
  /** Calls give "fake". */
  stub(mailer: Mailer): Spied;
}

interface Spied {
  count(): number;
  off(): void;
}

export interface Scenario {
  readonly name: string;
  run(tool: Tool): Promise<void>;
}

type Bind = (syntax: BindInWhenOnFluentSyntax<Mailer>, options: { proxy?: "full"; jitless?: true }) => unknown;

const scopes: Readonly<Record<string, Bind>> = {
  shared: (syntax, options) => syntax.inSharedScope(options),
  "per async context": (syntax, options) => syntax.inPerAsyncContextScope(options),
  pooled: (syntax, options) => syntax.inPooledScope({ maxSize: 1, ...options }),
  "lent by call": (syntax, options) => syntax.inPooledScope({ maxSize: 1, lease: "call", ...options }),
};

const kinds = {
  "a default proxy": {},
  "one without generated code": { jitless: true },
  "a full proxy": { proxy: "full" },
  "a full proxy whose class nobody told": { bySymbol: true },
} as const;

/** Everything that the four tools are to do on any injected proxy. */
export const scenarios: readonly Scenario[] = Object.entries(scopes).flatMap(([scopeName, bind]) =>
  Object.entries(kinds).flatMap(([kindName, kind]) => {
    const { bySymbol, ...options } = { bySymbol: false, ...kind };
    const id = bySymbol ? Symbol.for("Mailer") : Mailer;
    const injected = (): Mailer => {
      const container = new ScopedContainer();
      const syntax = container.bind<Mailer>(id);
      bind(bySymbol ? syntax.toDynamicValue(() => new Mailer()) : syntax.to(Mailer), options);
      return container.get<Mailer>(id);
    };
    // Nobody knows of its members before there is an instance, and between two calls there is none.
    if (bySymbol && scopeName === "lent by call") return [];
    const all: Scenario[] = [
      { name: `${scopeName}, ${kindName}: in a context`, run: (tool) => inContext(injected(), tool) },
      { name: `${scopeName}, ${kindName}: in one, for others`, run: (tool) => forOthers(injected(), tool) },
    ];
    if (!bySymbol) {
      all.push({ name: `${scopeName}, ${kindName}: in no context`, run: (tool) => inNoContext(injected(), tool) });
    }
    return all;
  }),
);

async function inContext(mailer: Mailer, tool: Tool): Promise<void> {
  await runInContext(async () => {
    const own = mailer.send;
    for (let test = 0; test < 2; test++) {
      const stub = tool.stub(mailer);
      is(await mailer.send("ann"), "fake");
      is(stub.count(), 1);
      stub.off();
      is(mailer.send, own, "what is read afterwards");
      isReal(await mailer.send("ann"));

      const spy = tool.spy(mailer);
      isReal(await mailer.send("bob"));
      is(spy.count(), 1);
      spy.off();
      isReal(await mailer.send("bob"));
      is(spy.count(), 1, "calls that were counted afterwards");
      is(mailer.send, own, "what is read afterwards");
    }
  });
}

/** What a test puts on the proxy is met by the code under test, in contexts of its own. */
async function forOthers(mailer: Mailer, tool: Tool): Promise<void> {
  const off = await runInContext(async () => {
    isReal(await mailer.send("ann"));
    const stub = tool.stub(mailer);
    await runInContext(async () => is(await mailer.send("ann"), "fake"));
    is(stub.count(), 1);
    return stub.off;
  });
  await runInContext(async () => {
    is(await mailer.send("ann"), "fake");
    off();
    isReal(await mailer.send("ann"));
  });
  await runInContext(async () => isReal(await mailer.send("ann")));
}

async function inNoContext(mailer: Mailer, tool: Tool): Promise<void> {
  for (let test = 0; test < 2; test++) {
    const stub = tool.stub(mailer);
    is(await mailer.send("ann"), "fake");
    await runInContext(async () => is(await mailer.send("ann"), "fake"));
    is(stub.count(), 2);
    stub.off();
    await runInContext(async () => isReal(await mailer.send("ann")));

    const spy = tool.spy(mailer);
    await runInContext(async () => isReal(await mailer.send("bob")));
    is(spy.count(), 1);
    spy.off();
    await runInContext(async () => isReal(await mailer.send("bob")));
    is(spy.count(), 1, "calls that were counted afterwards");
  }
}

// No assertions of one tool: each runs these in a realm of its own.

function is(actual: unknown, expected: unknown, what = "it"): void {
  if (actual !== expected) throw new Error(`${what} is ${String(actual)}, but must be ${String(expected)}`);
}

function isReal(actual: string): void {
  if (!/^mail \d+ to (ann|bob)$/.test(actual)) throw new Error(`it is ${actual}, and not what the real one says`);
}
