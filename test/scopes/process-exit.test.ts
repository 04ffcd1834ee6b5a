import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";

import { expect } from "chai";
import { before } from "mocha";

/** Runs a program in a process of its own, and tells what it printed and how it ended. */
async function run(body: string): Promise<{ readonly output: string; readonly code: number | null }> {
  const program = `
    import { detach, lease, perAsyncContextScope, pooledScope, ready, release, runInContext, scopedProxy, setFactory, setInstance } from "inversify-scopes";
    class Db { async query() { return "rows"; } ping() { return "pong"; } }
    const bound = (factory, scope) => { const proxy = scopedProxy("db", { shape: Db }); setFactory(proxy, factory, scope); return proxy; };
    const soon = (value) => new Promise((resolve) => { setTimeout(resolve, 20, value).unref(); });
    ${body}`;
  const child = spawn(process.execPath, ["--input-type=module", "--no-warnings", "--eval", program], {
    cwd: new URL("../../../", import.meta.url),
    stdio: ["ignore", "pipe", "inherit"],
  });
  const output = text(child.stdout);
  const [code] = (await once(child, "exit")) as [number | null];
  return { output: (await output).trim(), code };
}

describe("nothing idle keeps the process alive, a pending acquisition does (law 12)", () => {
  const ends: Record<string, string> = {
    "idle instances with every kind of housekeeping": `
      const db = bound(() => new Db(), pooledScope({ maxSize: 2, minSize: 1, idleTimeoutMs: 60_000, maxAgeMs: 60_000,
        healthCheck: () => true, healthCheckIntervalMs: 60_000, leaseWarnMs: 60_000, maxLeaseMs: 60_000 }));
      await runInContext(() => db.query());
      console.log("done");`,
    "a context that never ends and holds an instance": `
      const db = bound(() => new Db(), pooledScope({ maxSize: 1, maxLeaseMs: 60_000 }));
      void runInContext(() => { db.ping(); return new Promise(() => {}); });
      console.log("done");`,
    "an explicit lease that is never given back": `
      const db = bound(() => new Db(), pooledScope(1));
      const held = await lease(db);
      console.log("done");`,
    "a call lease": `
      const db = bound(() => new Db(), pooledScope({ maxSize: 1, lease: "call" }));
      await db.query();
      console.log("done");`,
    "shared and per-context instances": `
      const db = bound(async () => new Db(), perAsyncContextScope());
      await runInContext(() => db.query());
      setInstance(db, new Db());
      console.log("done");`,
    "a replaced pool whose instance is still out": `
      const db = bound(() => new Db(), pooledScope(1));
      void runInContext(() => { db.ping(); return new Promise(() => {}); });
      setInstance(db, new Db());
      console.log("done");`,
  };

  const waits: Record<string, readonly [string, string]> = {
    "for a pool that is exhausted": [
      `const db = bound(() => new Db(), pooledScope({ maxSize: 1, acquireTimeoutMs: 100 }));
       const held = await lease(db);
       await runInContext(() => db.query()).catch(({ code }) => console.log(code));
       console.log(held.value.ping());`,
      "POOL_TIMEOUT\npong",
    ],
    "for a factory that nothing else keeps alive": [
      `const db = bound(() => soon(new Db()), pooledScope({ maxSize: 1 }));
       await runInContext(async () => console.log(await db.query()));`,
      "rows",
    ],
    "for a call's instance": [
      `const db = bound(() => new Db(), pooledScope({ maxSize: 1, lease: "call", acquireTimeoutMs: 100 }));
       const held = await lease(db);
       await db.query().catch(({ code }) => console.log(code));
       console.log(held.value.ping());`,
      "POOL_TIMEOUT\npong",
    ],
    "for a lease with a time-out of its own": [
      `const db = bound(() => new Promise(() => {}), perAsyncContextScope());
       await lease(db, { timeoutMs: 50 }).catch(({ code }) => console.log(code));`,
      "CREATE_TIMEOUT",
    ],
  };

  /** All at once: each spends most of its time starting. */
  const runs = new Map<string, Awaited<ReturnType<typeof run>>>();
  before(async function () {
    this.timeout(60_000);
    const programs = [...Object.entries(ends), ...Object.entries(waits).map(([what, [body]]) => [what, body] as const)];
    await Promise.all(programs.map(async ([what, body]) => runs.set(what, await run(body))));
  });

  for (const what of Object.keys(ends)) {
    it(`the process ends by itself with ${what}`, () => {
      expect(runs.get(what)).to.deep.equal({ output: "done", code: 0 });
    });
  }
  for (const [what, [, output]] of Object.entries(waits)) {
    it(`the process does not vanish while it waits ${what}`, () => {
      expect(runs.get(what)).to.deep.equal({ output, code: 0 });
    });
  }
});
