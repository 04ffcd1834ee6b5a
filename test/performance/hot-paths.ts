/**
 * Counts what the hot paths allocate and asks V8 whether their code is optimised and stays so. No clock is read: the
 * figures are the same on every machine. Run by `hot-paths.test.ts` in a process of its own, with the flags it needs.
 */
import "reflect-metadata";
import { AsyncLocalStorage } from "node:async_hooks";
import { channel } from "node:diagnostics_channel";
import { types } from "node:util";
import type { BindInWhenOnFluentSyntax } from "inversify";
import { runInContext, ScopedContainer } from "inversify-scopes";
import { Pool } from "inversify-scopes/pool";

const COUNT = 100_000;

/** What this process finds for one path. */
export interface Finding {
  /** On the heap, for each job. */
  readonly bytes: number;
  /** V8 has compiled the path with all it knows, and after all the jobs has not taken that back. */
  readonly isOptimised: boolean;
  /** How often a job asks the storage for the context: the dearest thing on the way. */
  readonly looks: number;
}

const status = native<(fn: unknown) => number>("fn", "return %GetOptimizationStatus(fn)");
const prepare = native<(fn: unknown) => void>("fn", "%PrepareFunctionForOptimization(fn)");
const isFast = native<(object: object) => boolean>("object", "return %HasFastProperties(object)");
const optimise = native<(fn: unknown) => void>("fn", "%OptimizeFunctionOnNextCall(fn)");

function native<F>(parameter: string, body: string): F {
  // oxlint-disable-next-line typescript/no-implied-eval -- with its percent signs this is no TypeScript
  return new Function(parameter, body) as F;
}

let sink: unknown;

/** The bits of V8's answer that mean "optimised": they are not the same in all versions. */
const OPTIMISED = (() => {
  const probe = (x: number): number => x + 1;
  prepare(probe);
  probe(1);
  const before = status(probe);
  optimise(probe);
  probe(2);
  return status(probe) & ~before;
})();

const { als } = (globalThis as never as Record<symbol, { als: AsyncLocalStorage<unknown> }>)[
  Symbol.for("inversify-scopes/context/3")
]!;

function looksOf(job: (n: number) => unknown): number {
  let looks = 0;
  als.getStore = () => {
    looks++;
    return AsyncLocalStorage.prototype.getStore.call(als);
  };
  job(1);
  Reflect.deleteProperty(als, "getStore");
  return looks;
}

class Service {
  #hidden = 1;
  base = 1;
  rows = [{ id: 1 }, { id: 2 }];
  add(x: number): number {
    return this.base + x;
  }
  find(id: number): { id: number } {
    return this.rows[id & 1]!;
  }
  wide(a: number, b: number, c: number, d: number, e: number): number {
    return a + b + c + d + e;
  }
  get size(): number {
    return this.#hidden;
  }
  set size(value: number) {
    this.#hidden = value;
  }
}

/** The same members, so that V8 is tempted to take their forwarders for one. */
class Twin {
  base = 1;
  rows = [{ id: 1 }, { id: 2 }];
  add(x: number): number {
    return this.base + x;
  }
}

/** Does the job often enough to be compiled, then counts. */
async function look(job: (n: number) => unknown, count = COUNT): Promise<Finding> {
  prepare(job);
  for (let round = 0; round < 6; round++) {
    job(2000);
    // Let the compiler's threads hand in what they have done.
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  let bytes = Infinity;
  let isOptimised = false;
  for (let round = 0; round < 4; round++) {
    optimise(job);
    job(2000);
    (globalThis as { gc?: () => void }).gc!();
    const before = process.memoryUsage().heapUsed;
    job(count);
    bytes = Math.min(bytes, (process.memoryUsage().heapUsed - before) / count);
    // V8 may learn something new once or twice, but then it must be done.
    isOptimised ||= (status(job) & OPTIMISED) === OPTIMISED;
  }
  return { bytes, isOptimised, looks: looksOf(job) };
}

type Bind = (syntax: BindInWhenOnFluentSyntax<object>) => unknown;

function injected(bind: Bind): { service: Service; twin: Twin } {
  const container = new ScopedContainer();
  bind(container.bind<object>(Service).to(Service));
  bind(container.bind<object>(Twin).to(Twin));
  return { service: container.get(Service), twin: container.get(Twin) };
}

/** A member that the class shows is found before the ES Proxy at the end of the prototype chain is met. */
function expectForwarder(proxy: object, name: string): void {
  for (let at: object | null = proxy; at !== null && !types.isProxy(at); at = Reflect.getPrototypeOf(at)) {
    if (Object.hasOwn(at, name)) return;
  }
  throw new Error(`${name} is served by the ES Proxy`);
}

async function lookAtProxy(kind: string, bind: Bind): Promise<Record<string, Finding>> {
  const { service, twin } = injected(bind);
  const findings: Record<string, Finding> = {};
  const inContext = async (name: string, member: string, job: (n: number) => void): Promise<void> => {
    findings[`${kind}: ${name}`] = await runInContext(() => {
      // The first touch shows the fields. A second class with the same members must not mix with the first.
      service.add(1);
      for (let x = 0; x < 2000; x++) sink = twin.add(x);
      job(1);
      expectForwarder(service, member);
      return look(job);
    });
  };
  await inContext("call", "add", (n) => {
    let sum = 0;
    for (let x = 0; x < n; x++) sum = (sum + service.add(x & 7)) & 0xffff;
    sink = sum;
  });
  await inContext("call that may return this", "find", (n) => {
    let sum = 0;
    for (let x = 0; x < n; x++) sum = (sum + service.find(x).id) & 0xffff;
    sink = sum;
  });
  await inContext("call with five arguments", "wide", (n) => {
    let sum = 0;
    for (let x = 0; x < n; x++) sum = (sum + service.wide(x & 7, 1, 2, 3, 4)) & 0xffff;
    sink = sum;
  });
  await inContext("accessor", "size", (n) => {
    for (let x = 0; x < n; x++) service.size = (service.size + x) & 7;
  });
  await inContext("field", "base", (n) => {
    for (let x = 0; x < n; x++) service.base = (service.base + x) & 7;
  });
  return findings;
}

/** Whether V8 keeps the fields of a proxy where it finds them at once, before and after they have become hot. */
async function lookAtFields(): Promise<Record<string, Finding>> {
  class Fields {
    first = 1;
    second = 2;
    third = 3;
  }
  const container = new ScopedContainer();
  container.bind(Fields).toSelf().inPerAsyncContextScope();
  const fields = container.get(Fields);
  const finding = (): Finding => ({ bytes: 0, isOptimised: isFast(fields), looks: 0 });
  return runInContext(() => {
    fields.first++;
    const cold = finding();
    for (let x = 0; x < 100; x++) fields.first += fields.second;
    return { "fields: cold": cold, "fields: hot": finding() };
  });
}

async function lookAtContexts(): Promise<Record<string, Finding>> {
  const { service } = injected((syntax) => syntax.inPerAsyncContextScope());
  const pooled = injected((syntax) => syntax.inPooledScope(2)).service;
  const empty = (): number => 1;
  const touching = (): number => service.add(1);
  const leasing = (): number => pooled.add(1);
  const enter = (body: () => number) => (n: number) => {
    for (let x = 0; x < n; x++) sink = runInContext(body);
  };
  const byHand = new AsyncLocalStorage();
  return {
    "context: by hand": await look((n) => {
      for (let x = 0; x < n; x++) sink = Promise.resolve(byHand.run({ user: undefined, db: undefined }, empty));
    }, 20_000),
    "context: empty": await look(enter(empty), 20_000),
    "context: with an instance": await look(enter(touching), 20_000),
    "context: with a lease": await look(enter(leasing), 20_000),
  };
}

/** Contexts that touch one service, with more and more others bound beside it; half of their containers are dropped. */
async function lookAtGrowth(): Promise<Record<string, Finding>> {
  const stays = new ScopedContainer();
  const bind = (container: ScopedContainer): (() => Service) => {
    const id = Symbol("service");
    container
      .bind<Service>(id)
      .toDynamicValue(() => new Service())
      .inPerAsyncContextScope({ shape: Service });
    return () => container.get<Service>(id);
  };
  const touch = (service: Service): Promise<Finding> => {
    const touching = (): number => service.add(1);
    const job = (n: number): void => {
      for (let x = 0; x < n; x++) sink = runInContext(touching);
    };
    return look(job, 5000);
  };
  let bound = 1;
  const first = bind(stays)();
  const findings: Record<string, Finding> = {};
  for (const count of [1, 100, 1000, 10_000]) {
    for (; bound < count; bound++) bind(bound % 2 === 0 ? stays : new ScopedContainer());
    findings[`growth: the first of ${count}`] = await touch(first);
  }
  findings["growth: a new one"] = await touch(bind(stays)());
  return findings;
}

async function lookAtPool(): Promise<Record<string, Finding>> {
  const pool = new Pool({ create: () => ({ used: 0 }), maxSize: 2 });
  const job = (n: number): void => {
    for (let x = 0; x < n; x++) {
      const lease = pool.tryAcquire()!;
      lease.value.used = x;
      void lease.release();
    }
  };
  const findings = { "pool: tryAcquire and release": await look(job) };
  for (const one of channels) for (const change of ["subscribe", "unsubscribe"] as const) one[change](listener);
  Object.assign(findings, { "pool: the same, when nobody listens any more": await look(job) });
  await pool.close();
  return findings;
}

const channels = [
  "inversify-scopes:pool:acquire",
  "inversify-scopes:pool:release",
  ...["acquire", "context"].flatMap((name) =>
    ["start", "end", "asyncStart", "asyncEnd", "error"].map((event) => `tracing:inversify-scopes:${name}:${event}`),
  ),
].map((name) => channel(name));

function listener(): void {
  throw new Error("listened no longer");
}

/** How often channels are asked whether somebody listens, in leases and contexts of every kind. */
async function lookAtChannels(): Promise<number> {
  let asked = 0;
  const pool = new Pool({ create: () => ({ used: 0 }), maxSize: 2 });
  const { service } = injected((syntax) => syntax.inPooledScope(2));
  const job = async (): Promise<void> => {
    await pool.tryAcquire()!.release();
    await (await pool.acquire()).release();
    await runInContext(() => service.add(1));
  };
  await job();
  for (const one of channels) {
    const get = (): boolean => {
      asked++;
      return false;
    };
    Object.defineProperty(one, "hasSubscribers", { configurable: true, get });
  }
  await job();
  for (const one of channels) Reflect.deleteProperty(one, "hasSubscribers");
  return asked;
}

const asked = await lookAtChannels();
const findings = {
  "channels: asked whether somebody listens": { bytes: 0, isOptimised: true, looks: asked },
  ...(await lookAtProxy("per-async-context", (syntax) => syntax.inPerAsyncContextScope())),
  ...(await lookAtProxy("leased", (syntax) => syntax.inPooledScope(2))),
  ...(await lookAtProxy("shared", (syntax) => syntax.inSharedScope())),
  ...(await lookAtFields()),
  ...(await lookAtContexts()),
  ...(await lookAtPool()),
  ...(await lookAtGrowth()),
};
process.send!(findings);
process.disconnect();
void sink;
