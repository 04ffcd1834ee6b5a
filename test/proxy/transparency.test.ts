import { EventEmitter } from "node:events";
import { inspect } from "node:util";
import { expect } from "chai";
import {
  perAsyncContextScope,
  pooledScope,
  runInContext,
  type Scope,
  scopedProxy,
  setFactory,
  sharedScope,
  unwrap,
} from "inversify-scopes";
import { thrown } from "../support/errors.js";
import { anything, type Kind, kinds } from "./kinds.js";

/** A pool listens for the errors of idle emitters. */
const listening = new Set([
  "Object.entries",
  "Object.values",
  "spread",
  "JSON",
  "an error that nobody hears",
  "eventNames, off",
]);

/** The language keeps the brand of these in the object itself, where no proxy can have it. */
function hasBrand(instance: unknown): boolean {
  return instance instanceof Date || instance instanceof Error;
}

/** Two instances of one class differ in the identity of their functions. */
function shown(outcome: unknown): string {
  return inspect(outcome, { depth: 3, sorted: false });
}

interface Column {
  readonly scope: () => Scope;
  readonly isPooled?: true;
  readonly isLentByCall?: true;
  /** Works without one, and is tried without one. */
  readonly noContext?: true;
  /** The class's forwarders are the same in all columns; plain closures are tried in those that differ for them. */
  readonly jitless: boolean;
}

const columns: Readonly<Record<string, Column>> = {
  "shared, in no context": { scope: sharedScope, noContext: true, jitless: true },
  "shared, in a context": { scope: sharedScope, jitless: false },
  "per-async-context": { scope: perAsyncContextScope, jitless: true },
  "pooled, lease: 'context'": { scope: () => pooledScope(1), isPooled: true, jitless: false },
  "pooled, one call at a time": {
    scope: () => pooledScope({ maxSize: 1, concurrency: "serialize" }),
    isPooled: true,
    jitless: false,
  },
  "pooled, lease: 'call', in no context": {
    scope: () => pooledScope({ maxSize: 1, lease: "call" }),
    isPooled: true,
    isLentByCall: true,
    noContext: true,
    jitless: true,
  },
  "pooled, lease: 'call', in a context": {
    scope: () => pooledScope({ maxSize: 1, lease: "call" }),
    isPooled: true,
    isLentByCall: true,
    jitless: false,
  },
};

const ways: Readonly<Record<string, { proxy: "auto" | "full"; jitless: boolean }>> = {
  auto: { proxy: "auto", jitless: false },
  "auto, jitless": { proxy: "auto", jitless: true },
  full: { proxy: "full", jitless: false },
  "full, jitless": { proxy: "full", jitless: true },
};

/** Where an ordinary object cannot do what the instance does. docs/proxies.md tells them; `proxy: "full"` does all of it. */
const ordinaryCannot = new Set([
  // It has accessors, where the instance has data; symbols and hidden members are served, but not listed.
  "Reflect.ownKeys",
  "its descriptors",
  "Object.getPrototypeOf",
  // It does not see `delete` and `defineProperty`.
  "delete of a new member",
  "delete of what it has",
  "Object.defineProperty",
]);
/** An ordinary object does not list the bytes that it stands for. */
const bytes = new Set(["Object.keys", "Object.entries", "Object.values", "for…in", "spread", "JSON"]);

/** Under `lease: "call"` nobody has an instance between two calls: what only looks is answered by the class. */
const looks = new Set(["in", "Object.prototype.toString", "its constructor", "Object.getPrototypeOf", "a new member"]);
/** Under `lease: "call"`: what hands out the instance, an iterator or a stream is refused with `RESULT_ESCAPES`. */
const escaping = new Set([
  "Array.from, flat",
  "a chaining method",
  "a generator",
  "add returns itself",
  "async iteration",
  "destructuring",
  "fill returns itself",
  "iteration",
  "on returns itself",
  "pipe",
  "set returns itself",
  "sort returns itself",
  "write and read",
  "own and inherited",
  "on and emit",
]);

function proxyOf(kind: Kind, scope: Scope, way: { proxy: "auto" | "full"; jitless: boolean }): any {
  const proxy = scopedProxy<any>("subject", { ...way, ...(kind.shape === undefined ? {} : { shape: kind.shape }) });
  setFactory(proxy, kind.make, scope);
  return proxy;
}

/** What came out, told so that a proxy's outcome can be compared with the real thing's. */
async function outcomeOf(operation: (x: any) => unknown, subject: any): Promise<unknown> {
  try {
    const value = operation(subject);
    return told(value instanceof Promise ? { awaited: await value } : value, subject);
  } catch (error) {
    return { thrown: (error as { code?: string }).code ?? (error as Error).name, message: messageOf(error) };
  }
}

/** Engines name the object in the messages of some errors. */
function messageOf(error: unknown): string {
  const { message } = error as Error;
  return (error as Error).name === "TypeError" ? "" : message;
}

function told(value: unknown, subject: unknown): unknown {
  if (value === subject) return "itself";
  if (typeof value === "function") return `function ${value.name}/${value.length}`;
  if (Array.isArray(value)) return Array.from(value, (each) => told(each, subject));
  return value;
}

function isFullProxy(kind: Kind, way: { proxy: "auto" | "full" }): boolean {
  const { shape } = kind;
  return (
    way.proxy === "full" || shape === undefined || [Function, Array].includes(shape) || shape.prototype instanceof Array
  );
}

/** What a proxy of that kind is known not to do as the instance does. */
function isKnownToDiffer(operation: string, instance: unknown, column: Column, isFull: boolean): boolean {
  if (!isFull && ordinaryCannot.has(operation)) return true;
  if (!isFull && ArrayBuffer.isView(instance) && bytes.has(operation)) return true;
  if (operation === "Object.prototype.toString" && hasBrand(instance)) return true;
  if (column.isPooled && instance instanceof EventEmitter && listening.has(operation)) return true;
  // Law 2: that there is a `toString` is believed without looking, and here nobody has an instance to look at.
  if (column.isLentByCall && operation === "members" && Object.getPrototypeOf(instance) === null) return true;
  return column.isLentByCall === true && looks.has(operation);
}

describe("a proxy cannot be told from the real thing (S58, S60)", () => {
  const refused = new Set<string>();

  for (const [name, kind] of Object.entries(kinds)) {
    describe(name, () => {
      const sample: unknown = kind.make();
      for (const [columnName, column] of Object.entries(columns)) {
        for (const [wayName, way] of Object.entries(ways)) {
          if (way.jitless && (!column.jitless || kind.isLarge)) continue;
          it(`${columnName}, ${wayName}`, async () => {
            const isFull = isFullProxy(kind, way);
            const differences: unknown[] = [];
            for (const [operationName, operation] of Object.entries({ ...anything, ...kind.operations })) {
              if (isKnownToDiffer(operationName, sample, column, isFull)) continue;
              const expected = shown(await outcomeOf(operation, kind.make()));
              const proxy = proxyOf(kind, column.scope(), way);
              const body = async (): Promise<string> => {
                // Own fields show when there has been an instance.
                void proxy.missing;
                return shown(await outcomeOf(operation, proxy));
              };
              const actual = await (column.noContext ? body() : runInContext(body));
              if (column.isLentByCall && actual.includes("RESULT_ESCAPES") && escaping.has(operationName))
                refused.add(operationName);
              else if (actual !== expected) differences.push({ operationName, actual, expected });
            }
            if (differences.length > 0) throw new Error(inspect(differences, { depth: 6 }));
          });
        }
      }

      it("looking at it is free, in a context and in none (law 2)", async () => {
        for (const way of Object.values(ways)) {
          let made = 0;
          const proxy = proxyOf({ ...kind, make: () => (made++, kind.make()) }, perAsyncContextScope(), way);
          const look = async (): Promise<void> => {
            if (kind.shape !== undefined) {
              expect(proxy instanceof kind.shape).to.equal(true);
              expect(proxy.constructor).to.equal(kind.shape.prototype.constructor);
              const method = Object.getOwnPropertyNames(kind.shape.prototype).find((key) =>
                isMethod(kind.shape.prototype, key),
              );
              if (method !== undefined) {
                expect(method in proxy).to.equal(true);
                expect(proxy[method]).to.be.a("function");
                expect(proxy[method], "always the same").to.equal(proxy[method]);
              }
            }
            if (kind.shape === undefined) expect(proxy.constructor).to.equal(Object);
            expect("missing" in proxy).to.equal(false);
            expect("then" in proxy).to.equal(false);
            expect(proxy.then).to.equal(undefined);
            expect(await proxy).to.equal(proxy);
            expect(typeof proxy).to.equal(kind.shape === Function ? "function" : "object");
            expect(inspect(proxy)).to.include("subject: no instance here");
            expect(inspect({ nested: proxy }, { compact: false })).to.include("no instance here");
            expect(`${Object.prototype.toString.call(proxy)}`).to.match(/^\[object /);
            expect(made).to.equal(0);
          };
          await look();
          await runInContext(look);
        }
      });

      it("outside any context a touch is NO_CONTEXT (law 6)", () => {
        for (const scope of [perAsyncContextScope(), pooledScope(1)]) {
          for (const way of Object.values(ways)) {
            const proxy = proxyOf(kind, scope, way);
            thrown("NO_CONTEXT", () => unwrap(proxy));
            thrown("NO_CONTEXT", () => proxy.missing);
            thrown("NO_CONTEXT", () => {
              proxy.fresh = 1;
            });
            thrown("NO_CONTEXT", () => JSON.stringify(proxy));
            thrown("NO_CONTEXT", () => `${proxy}`);
          }
        }
      });

      it("util.inspect shows the instance, where there is one", async () => {
        for (const way of Object.values(ways)) {
          const proxy = proxyOf(kind, perAsyncContextScope(), way);
          await runInContext(() => {
            const real = unwrap(proxy);
            expect(inspect(proxy)).to.equal(inspect(real));
            expect(inspect({ a: [proxy] }, { depth: 1, colors: true }).length).to.be.greaterThan(5);
          });
        }
      });
    });
  }

  describe("under lease: 'call'", () => {
    it("operations that hand out what would outlive the lease are refused, and no others are on that list", () => {
      expect([...escaping].filter((operation) => !refused.has(operation))).to.eql([]);
    });
  });
});

function isMethod(prototype: object, key: string): boolean {
  return key !== "constructor" && typeof Object.getOwnPropertyDescriptor(prototype, key)?.value === "function";
}
