import { expect } from "chai";
import { runProgram } from "../support/child.js";

/** Begins and ends so many contexts in a process of its own, and prints by how many bytes each has made the heap grow. */
function program(body: string, before = ""): string {
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
    await many(10_000);
    const start = await heap();
    await many(100_000);
    console.log(((await heap()) - start) / 100_000);
  `;
}

describe("memory: ended contexts leave nothing behind (scenarios 44, 45)", function () {
  this.timeout(60_000);

  const cases: Record<string, [body: string, before?: string]> = {
    "100,000 contexts with instances, pooled leases and children": [
      `await runInContext(async () => { user.hello(); await db.later(); await runInContext(() => user.hello()); });`,
    ],
    "100,000 contexts with one signal that outlives them": [
      `await runInContext({ signal }, async () => { user.hello(); await db.later(); });`,
      `const { signal } = new AbortController();`,
    ],
    "100,000 children of one long-lived context": [
      `await outer(() => runInContext(() => user.hello()));`,
      `import { bindToContext } from "inversify-scopes";
       const outer = await new Promise((resolve) => void runInContext(() => {
         resolve(bindToContext((fn) => fn()));
         return new Promise(() => {});
       }));`,
    ],
    "100,000 contexts that timers and promises keep alive hold no instance": [
      // Each kept context is a few hundred bytes; its user would be a thousand.
      `await runInContext(() => { user.hello(); kept[i % 50_000] = currentContext(); });`,
      `const kept = Array(50_000).fill(undefined);
       for (let i = 0; i < 50_000; i++) await runInContext(() => { kept[i] = currentContext(); });`,
    ],
  };
  for (const [name, [body, before]] of Object.entries(cases)) {
    it(name, async () => {
      const bytes = Number(await runProgram(program(body, before), "--expose-gc"));
      expect(bytes, "bytes for each context").to.be.lessThan(8);
    });
  }
});
