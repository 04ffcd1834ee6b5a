/** Counts what the first use of services makes. No clock is read. Run by `start.test.ts` in a process of its own. */
import "reflect-metadata";
import { syncBuiltinESMExports } from "node:module";
import vm from "node:vm";
import { Container } from "inversify";
import type { BindInWhenOnFluentSyntax } from "inversify";

/** What this process finds. */
export interface Start {
  /** Texts given to V8 to be compiled, for the first hundred classes and for the next. */
  readonly compiled: readonly number[];
  /** On the heap for each service that is bound, got and called: of a stock singleton and of each scope. */
  readonly bytes: Readonly<Record<string, number>>;
  /** ES Proxies made for a hundred services that are bound, and no more; and then for one of them that is got. */
  readonly proxies: readonly number[];
  /** Places of a context's table that has met one service of them all. */
  readonly places: number;
}

const SERVICES = 100;
let compiled = 0;
let made = 0;

vm.Script = class extends vm.Script {
  constructor(...args: ConstructorParameters<typeof vm.Script>) {
    super(...args);
    compiled++;
  }
};
syncBuiltinESMExports();
const NativeFunction = Function;
globalThis.Function = new Proxy(NativeFunction, {
  construct(target, args: string[]) {
    compiled++;
    return Reflect.construct(target, args);
  },
});
let proxies = 0;
globalThis.Proxy = new Proxy(Proxy, {
  construct(target, args: ConstructorParameters<typeof Proxy>) {
    proxies++;
    return Reflect.construct(target, args);
  },
});
const { runInContext, ScopedContainer } = await import("inversify-scopes");

interface Service {
  first(x: number): number;
}
type Class = new () => Service;

function freshClasses(): Class[] {
  return Array.from({ length: SERVICES }, () => {
    made++;
    const methods = Array.from(
      { length: 6 + (made % 9) },
      (_, i) => `async m${i}(x) { return this.base + x + ${made}; }`,
    );
    const text = `return class Service${made} { base = 1; rows = []; first(x) { return this.base + x; } ${methods.join("\n")} }`;
    return (NativeFunction(text) as () => Class)();
  });
}

type Bind = (syntax: BindInWhenOnFluentSyntax<Service>) => unknown;

const WAYS: Record<string, { readonly container: () => Container; readonly bind: Bind }> = {
  stock: { container: () => new Container(), bind: (syntax) => syntax.inSingletonScope() },
  shared: { container: () => new ScopedContainer(), bind: (syntax) => syntax.inSharedScope() },
  "per-async-context": { container: () => new ScopedContainer(), bind: (syntax) => syntax.inPerAsyncContextScope() },
  pooled: { container: () => new ScopedContainer(), bind: (syntax) => syntax.inPooledScope(4) },
};

const kept: unknown[] = [];

function heap(): number {
  for (let i = 0; i < 3; i++) (globalThis as { gc?: () => void }).gc!();
  return process.memoryUsage().heapUsed;
}

function start(way: string): Promise<number> {
  const { container: make, bind } = WAYS[way]!;
  const classes = freshClasses();
  return runInContext(() => {
    const before = heap();
    const container = make();
    for (const one of classes) bind(container.bind(one).toSelf());
    const services = classes.map((one) => container.get(one));
    for (const service of services) service.first(1);
    kept.push(classes, container, services);
    return (heap() - before) / SERVICES;
  });
}

const counts: number[] = [];
const rounds: Record<string, number>[] = [];
for (let round = 0; round < 5; round++) {
  const before = compiled;
  const bytes: Record<string, number> = {};
  for (const way of Object.keys(WAYS)) bytes[way] = await start(way);
  rounds.push(bytes);
  counts.push(compiled - before);
}
/** V8 drops code that has not run for a while: now and then a round seems to cost less. */
const bytes = Object.fromEntries(
  Object.keys(WAYS).map((way) => [way, rounds.map((round) => round[way]!).toSorted((a, b) => a - b)[2]!]),
);

/** Tests bind a hundred services, and use a few. */
function proxiesOfUnused(): number[] {
  const before = proxies;
  const container = new ScopedContainer();
  const classes = freshClasses();
  for (const one of classes) container.bind(one).toSelf().inSharedScope();
  const bound = proxies;
  container.get(classes[0]!);
  return [bound - before, proxies - bound];
}

const { als } = (globalThis as never as Record<symbol, { als: { getStore(): { slots: unknown[] } } }>)[
  Symbol.for("inversify-scopes/context/3")
]!;
const last = (kept.at(-4) as Service[]).at(-1)!;
const places = await runInContext(() => {
  last.first(1);
  return als.getStore().slots.length;
});
process.send!({ compiled: counts, bytes, places, proxies: proxiesOfUnused() } satisfies Start);
process.disconnect();
