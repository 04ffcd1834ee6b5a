import { expect } from "chai";
import { runProgram } from "../support/child.js";

/** Begins and ends so many contexts in a process of its own, and prints by how many bytes each has made the heap grow. */
function program(count: number, body: string, before = ""): string {
  return `
    import { currentContext, runInContext, perAsyncContextScope, pooledScope, scopedProxy, setFactory } from "inversify-scopes";
    class User { rows = Array(100).fill(0); hello() { return 1; } async later() { return 2; } }
    const user = scopedProxy("user", { shape: User });
    setFactory(user, () => new User(), perAsyncContextScope());
    const db = scopedProxy("db", { shape: User });
    setFactory(db, async () => new User(), pooledScope(4));
    ${before}
    const one = async (i) => { ${body} };
    const many = async (n) => { for (let i = 0; i < n; i++) await one(i); };
    const heap = async () => {
      for (let i = 0; i < 3; i++) { await new Promise((go) => setImmediate(go)); gc(); }
      return process.memoryUsage().heapUsed;
    };
    await many(${count / 10});
    const start = await heap();
    await many(${count});
    console.log(((await heap()) - start) / ${count});
  `;
}

describe("memory: ended contexts leave nothing behind (scenarios 44, 45)", function () {
  this.timeout(60_000);

  const cases: Record<string, [count: number, body: string, before?: string]> = {
    "100,000 contexts with instances, pooled leases and children": [
      100_000,
      `await runInContext(async () => { user.hello(); await db.later(); await runInContext(() => user.hello()); });`,
    ],
    "contexts with one signal that outlives them": [
      20_000,
      `await runInContext({ signal }, async () => { user.hello(); await db.later(); });`,
      `const { signal } = new AbortController();`,
    ],
    "children of one long-lived context": [
      20_000,
      `await outer(() => runInContext(() => user.hello()));`,
      `import { bindToContext } from "inversify-scopes";
       const outer = await new Promise((resolve) => void runInContext(() => {
         resolve(bindToContext((fn) => fn()));
         return new Promise(() => {});
       }));`,
    ],
    "children with a signal each, of a context with a signal that outlives them": [
      20_000,
      `await outer(() => runInContext({ signal: new AbortController().signal }, () => user.hello()));`,
      `import { bindToContext } from "inversify-scopes";
       const { signal } = new AbortController();
       const outer = await new Promise((resolve) => void runInContext({ signal }, () => {
         resolve(bindToContext((fn) => fn()));
         return new Promise(() => {});
       }));`,
    ],
    "contexts that timers and promises keep alive hold no instance": [
      20_000,
      // Each kept context is a few hundred bytes; its user would be a thousand.
      `await runInContext(() => { user.hello(); kept[i % 2_000] = currentContext(); });`,
      `const kept = Array(2_000).fill(undefined);
       for (let i = 0; i < 2_000; i++) await runInContext(() => { kept[i] = currentContext(); });`,
    ],
  };
  for (const [name, [count, body, before]] of Object.entries(cases)) {
    it(name, async () => {
      const bytes = Number(await runProgram(program(count, body, before), "--expose-gc"));
      // The least that could leak is an object of several words; the collector leaves a few bytes of its own.
      expect(bytes, "bytes for each context").to.be.lessThan(32);
    });
  }
});
