import "reflect-metadata";
import { expect } from "chai";
import { claimStack, claimStackToEnd } from "../../src/base/claim-stack.js";
import { runModules } from "../support/child.js";

/** What recurses for ever, in a context, and never as the last call: JavaScriptCore would take no stack for it. */
const RECURSIONS = {
  "contexts in contexts": "() => runInContext(recurse)",
  "contexts one after another": "() => [runInContext(() => note(currentContext()))].map(recurse)",
  "detached work": "() => [detach(() => note(currentContext()))].map(recurse)",
  "functions that are bound to a context": "bindToContext(() => [note(currentContext())].map(recurse))",
  "factories of shared services": "() => shared[0].hello()",
  "factories of services of a context": "() => perContext[0].hello()",
  "hooks of pools": "() => [pool.acquire().catch(() => {})].map(recurse)",
} as const;

const program = (recursion: string): string => `
  import { AsyncLocalStorage, executionAsyncId } from "node:async_hooks";
  import { bindToContext, currentContext, detach, runInContext, ScopedContainer } from "inversify-scopes";
  import { Pool } from "inversify-scopes/pool";

  let times = 0;
  const full = (error) => (error instanceof RangeError ? times++ : console.log(error));
  process.on("unhandledRejection", full);
  const container = new ScopedContainer();
  const shared = chain("shared");
  const perContext = chain("per-async-context");
  const pool = new Pool({ create: () => ({}), maxSize: 1_000_000 });
  const notes = [];
  const note = (it) => void (notes[notes.length] = it);
  const other = new AsyncLocalStorage();
  const recurse = ${recursion};

  function chain(scope) {
    const all = [];
    for (let i = 3_000; i >= 0; i--) {
      container.bind(scope + i).toDynamicValue(() => ({ hello() {}, next: all[i + 1]?.hello() })).inScope(scope);
      all[i] = container.get(scope + i);
    }
    return all;
  }

  // Each time there is another rest of the stack in the end.
  const padded = (...padding) => recurse(padding);
  const where = () => [executionAsyncId(), currentContext()?.id, other.getStore()].join();
  setImmediate(() => other.run("other's", () => runInContext(() => {
    const before = where();
    for (let n = 0; n < 12; n++) {
      try {
        padded(...Array(n).fill(0));
      } catch (error) {
        full(error);
      }
      if (where() !== before) console.log("was in " + before + ", is in " + where());
    }
  })).catch(() => {}).then(() => setImmediate(() => console.log(times < 12 ? "no end" : "goes on"))));
`;

describe("endless recursion leaves its caller where it was", () => {
  for (const [what, recursion] of Object.entries(RECURSIONS)) {
    it(`${what}: in the same context, with every store; and the process goes on`, async () => {
      const run = (size: number): Promise<string> =>
        runModules(program(recursion), "--no-warnings", `--stack-size=${size}`);
      expect(await Promise.all([301, 302, 303].map(run))).to.eql(["goes on", "goes on", "goes on"]);
    });
  }

  it("there is some stack left where a frame is entered", () => {
    claimStack("what never happens");
    claimStackToEnd("what never happens");
    const some = (calls: number): number => (calls === 0 ? 0 : 1 + some(calls - 1));
    // What is called for the first time is compiled, which needs more of the stack.
    for (let i = 0; i < 100_000; i++) claimStack(some(10) === 10 ? undefined : "what never happens");
    let entered = 0;
    let cut = 0;
    const down = (): void => {
      try {
        down();
      } catch {
        // The stack is full.
      }
      claimStack();
      entered++;
      try {
        some(10);
      } catch {
        cut++;
      }
    };
    for (let i = 0; i < 10; i++) {
      try {
        down();
      } catch {
        // An engine may put both into one function, and so claim it for both.
      }
    }
    expect(entered).to.be.greaterThan(1000);
    expect(cut).to.equal(0);
  });
});
