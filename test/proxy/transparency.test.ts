import { EventEmitter } from "node:events";
import { inspect, isDeepStrictEqual } from "node:util";
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
  return inspect(outcome, { depth: 4, sorted: false });
}

const scopes: Readonly<Record<string, () => Scope>> = {
  shared: () => sharedScope(),
  "per-async-context": () => perAsyncContextScope(),
  pooled: () => pooledScope(1),
};

const ways: Readonly<Record<string, { proxy: "auto" | "full"; jitless: boolean }>> = {
  auto: { proxy: "auto", jitless: false },
  "auto, jitless": { proxy: "auto", jitless: true },
  full: { proxy: "full", jitless: false },
  "full, jitless": { proxy: "full", jitless: true },
};

/** Where an ordinary object cannot do what the instance does. docs/guide.md tells them; `proxy: "full"` does all of it. */
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
    return { thrown: (error as Error).name, message: messageOf(error) };
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

describe("a proxy cannot be told from the real thing", () => {
  for (const [name, kind] of Object.entries(kinds)) {
    describe(name, () => {
      for (const [scopeName, scope] of Object.entries(scopes)) {
        for (const [wayName, way] of Object.entries(ways)) {
          it(`${scopeName}, ${wayName}`, async () => {
            const isFull =
              way.proxy === "full" ||
              kind.shape === undefined ||
              [Function, Array].includes(kind.shape) ||
              kind.shape.prototype instanceof Array;
            const differences: unknown[] = [];
            for (const [operationName, operation] of Object.entries({ ...anything, ...kind.operations })) {
              if (!isFull && ordinaryCannot.has(operationName)) continue;
              if (operationName === "Object.prototype.toString" && hasBrand(kind.make())) continue;
              if (scopeName === "pooled" && kind.make() instanceof EventEmitter && listening.has(operationName))
                continue;
              if (!isFull && ArrayBuffer.isView(kind.make()) && bytes.has(operationName)) continue;
              const expected = shown(await outcomeOf(operation, kind.make()));
              const proxy = proxyOf(kind, scope(), way);
              const actual = await runInContext(async () => {
                unwrap(proxy);
                return shown(await outcomeOf(operation, proxy));
              });
              if (actual !== expected) differences.push({ operationName, actual, expected });
            }
            if (differences.length > 0) throw new Error(inspect(differences, { depth: 6 }));
          });
        }
      }

      it("law 2: looking at it is free, in a context and in none", async () => {
        for (const way of Object.values(ways)) {
          let made = 0;
          const proxy = proxyOf({ ...kind, make: () => (made++, kind.make()) }, perAsyncContextScope(), way);
          const look = async (): Promise<void> => {
            if (kind.shape !== undefined) {
              expect(proxy instanceof kind.shape).to.equal(true);
              expect(proxy.constructor).to.equal(kind.shape);
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

      it("law 6: outside any context a touch is NO_CONTEXT", () => {
        for (const way of Object.values(ways)) {
          const proxy = proxyOf(kind, perAsyncContextScope(), way);
          thrown("NO_CONTEXT", () => unwrap(proxy));
          thrown("NO_CONTEXT", () => proxy.missing);
          thrown("NO_CONTEXT", () => {
            proxy.fresh = 1;
          });
          thrown("NO_CONTEXT", () => JSON.stringify(proxy));
          thrown("NO_CONTEXT", () => `${proxy}`);
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

      it("the real one is for structuredClone and deep comparison", async () => {
        const proxy = proxyOf(kind, perAsyncContextScope(), { proxy: "auto", jitless: false });
        await runInContext(() => {
          expect(unwrap(proxy)).to.equal(unwrap(proxy));
          const real = kind.make();
          let isCloneable = true;
          try {
            structuredClone(real);
          } catch {
            isCloneable = false;
          }
          if (isCloneable)
            expect(isDeepStrictEqual(structuredClone(unwrap(proxy)), structuredClone(real))).to.equal(true);
        });
      });
    });
  }
});

function isMethod(prototype: object, key: string): boolean {
  return key !== "constructor" && typeof Object.getOwnPropertyDescriptor(prototype, key)?.value === "function";
}
