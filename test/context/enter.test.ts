import { AsyncLocalStorage } from "node:async_hooks";
import { setImmediate as turn } from "node:timers/promises";
import { expect } from "chai";
import { Context } from "../../src/context/context.js";
import { type Enter, enter, enterByResource, enterByRun, fasterWay, keepsFrames } from "../../src/context/enter.js";
import { als } from "../../src/context/store.js";

/** Node keeps all stores in one frame from version 24 on, unless told otherwise. */
const flags = process.execArgv.join(" ");
const [major] = process.versions.node.split(".").map(Number) as [number];
const hasFrames = flags.includes("--experimental-async-context-frame")
  ? true
  : major >= 24 && !flags.includes("--no-async-context-frame");

describe("entering a context: there are two ways, which must not differ but in speed", () => {
  it("the faster one is taken, whichever that is on this Node", () => {
    expect(keepsFrames()).to.equal(hasFrames);
    expect(enter).to.equal(fasterWay(hasFrames));
    expect(fasterWay(true)).to.equal(enterByResource);
    expect(fasterWay(false)).to.equal(enterByRun);
  });

  const ways: Record<string, Enter> = { "by als.run": enterByRun, "by a resource": enterByResource };
  for (const [name, enterIt] of Object.entries(ways)) {
    describe(name, () => {
      const within = <R>(store: Context, body: () => R): R => enterIt(store, (_, fn: () => R) => fn(), body, undefined);

      it("hands on the store and two arguments, and what comes out of the work", () => {
        const store = new Context(undefined);
        expect(enterIt(store, (given, a: string, b: number) => [given, a, b], "a", 2)).to.deep.equal([store, "a", 2]);
        const error = new Error("out");
        const fail = (): never => {
          throw error;
        };
        expect(() => within(store, fail)).to.throw(error);
      });

      it("the store is there in the work and in all that it begins, and not afterwards", async () => {
        const store = new Context(undefined);
        let late: unknown;
        const done = within(store, async () => {
          expect(als.getStore()).to.equal(store);
          setTimeout(() => (late = als.getStore()), 1);
          await turn();
          return als.getStore();
        });
        expect(als.getStore()).to.equal(undefined);
        expect(await done).to.equal(store);
        expect(als.getStore()).to.equal(undefined);
        await new Promise((resolve) => setTimeout(resolve, 5));
        expect(late).to.equal(store);
      });

      it("also when the work throws", () => {
        const fail = (): never => {
          throw new Error("out");
        };
        expect(() => within(new Context(undefined), fail)).to.throw("out");
        expect(als.getStore()).to.equal(undefined);
      });

      it("the one around it is there again after an inner one, in both of their futures", async () => {
        const [outer, inner] = [new Context(undefined), new Context(undefined)];
        let innerLate: Promise<unknown> | undefined;
        const outerLate = within(outer, async () => {
          innerLate = within(inner, async () => {
            await turn();
            return als.getStore();
          });
          expect(als.getStore()).to.equal(outer);
          await turn();
          return als.getStore();
        });
        expect(await innerLate).to.equal(inner);
        expect(await outerLate).to.equal(outer);
      });

      it("other storages keep what they hold, and may be entered inside", async () => {
        const other = new AsyncLocalStorage<string>();
        await other.run("theirs", async () => {
          const seen = await within(new Context(undefined), async () => {
            const before = other.getStore();
            other.enterWith("set inside");
            await turn();
            return [before, other.getStore()];
          });
          expect(seen).to.deep.equal(["theirs", "set inside"]);
          expect(als.getStore()).to.equal(undefined);
        });
        expect(other.getStore()).to.equal(undefined);
      });
    });
  }
});
