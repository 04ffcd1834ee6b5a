import { EventEmitter } from "node:events";
import { inspect } from "node:util";
import { expect } from "chai";
import {
  perAsyncContextScope,
  pooledScope,
  runInContext,
  type Scope,
  type ScopeError,
  scopedProxy,
  setFactory,
  sharedScope,
} from "inversify-scopes";
import { type Logger, pino } from "pino";
import { kinds } from "./kinds.js";

/** Ways in which things get into a log line. */
const uses: Readonly<Record<string, (log: Logger, x: any) => void>> = {
  "a log object holds it": (log, x) => log.info({ it: x, list: [x] }, "hello"),
  "it is the log object": (log, x) => log.info(x, "hello"),
  "as an error": (log, x) => log.error({ err: x }),
  "a child logger's binding": (log, x) => log.child({ it: x }).info("hello"),
  "%j, %o and %s": (log, x) => log.info("%j %o %s", x, x, x),
};

const scopes: Readonly<Record<string, () => Scope>> = {
  shared: sharedScope,
  "per-async-context": perAsyncContextScope,
  pooled: () => pooledScope(1),
  "lease: 'call'": () => pooledScope({ maxSize: 1, lease: "call" }),
};

function logged(use: (log: Logger, x: any) => void, x: unknown): string {
  let lines = "";
  const log = pino({ base: null, timestamp: false }, { write: (line: string) => void (lines += line) });
  try {
    use(log, x);
  } catch (error) {
    // Engines and we say in words of our own of what type a thing is not.
    return `threw ${(error as ScopeError).code ?? (error as Error).name}`;
  }
  return lines;
}

function proxyOf(make: () => object, shape: any, scope: Scope, proxy: "auto" | "full" = "auto"): any {
  const made = scopedProxy<any>("subject", { proxy, ...(shape === undefined ? {} : { shape }) });
  setFactory(made, make, scope);
  return made;
}

describe("pino writes a proxy as the real thing", () => {
  for (const [scopeName, scope] of Object.entries(scopes)) {
    for (const way of ["auto", "full"] as const) {
      it(`${scopeName}, ${way}`, async () => {
        const isPooled = scope().name === "pooled";
        const differences: unknown[] = [];
        for (const [kindName, { make, shape }] of Object.entries(kinds)) {
          // A pool listens for the errors of idle emitters, and their listeners are counted in what is written.
          if (isPooled && make() instanceof EventEmitter) continue;
          for (const [useName, use] of Object.entries(uses)) {
            // An ordinary object does not list the bytes that it stands for.
            if (useName === "it is the log object" && way === "auto" && ArrayBuffer.isView(make())) continue;
            const expected = logged(use, make());
            const actual = await runInContext(() => {
              const proxy = proxyOf(make, shape, scope(), way);
              // Own fields show when there has been an instance.
              void proxy.missing;
              return logged(use, proxy);
            });
            if (actual !== expected) differences.push({ kindName, useName, actual, expected });
          }
        }
        if (differences.length > 0) throw new Error(inspect(differences, { depth: 6 }));
      });
    }
  }

  it("where no instance is to be had, a logger that swallows errors writes that it could not", () => {
    class User {
      name = "ann";
    }
    for (const way of ["auto", "full"] as const) {
      const user = proxyOf(() => new User(), User, perAsyncContextScope(), way);
      expect(JSON.parse(logged(uses["a log object holds it"]!, user)).it).to.match(/unable to serialize/);
      expect(logged(uses["it is the log object"]!, user)).to.equal("threw NO_CONTEXT");
    }
  });
});
