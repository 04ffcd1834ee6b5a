import { createHook } from "node:async_hooks";
import { expect } from "chai";
import { lease, pooledScope, runInContext, scopedProxy, setFactory } from "inversify-scopes";

/** How many promises a job makes from its start until nothing of it is left to do. */
function promisesOf(job: () => unknown): Promise<number> {
  let made = 0;
  const hook = createHook({ init: (_id, type) => void (made += Number(type === "PROMISE")) });
  return new Promise((resolve) => {
    setImmediate(() => {
      hook.enable();
      job();
      setImmediate(() => {
        hook.disable();
        resolve(made);
      });
    });
  });
}

class Db {
  #calls = 0;
  #begin(): this {
    return this;
  }
  async query(): Promise<number> {
    if (this.#calls === 0) this.#begin();
    return ++this.#calls;
  }
}

describe("promises: what waiting costs, counted", () => {
  const db = scopedProxy<Db>("Db", { shape: Db });
  setFactory(db, () => new Db(), pooledScope(1));
  const request = (): Promise<number> => runInContext(() => db.query());

  before(request);

  it("a context makes one, with options too", async () => {
    expect(await promisesOf(() => runInContext(() => 1))).to.equal(1);
    expect(await promisesOf(() => runInContext({ name: "GET /" }, () => 1))).to.equal(1);
  });

  it("a call makes its own and the one that tells when it is over; none is made to look whether the instance is in it", async () => {
    // The third is that of the context, which waits for it.
    expect(await promisesOf(request)).to.equal(3);
  });

  it("a call that takes its turn makes no more than these, and one that waits for its turn three more", async () => {
    const serialized = scopedProxy<Db>("Db, one call at a time", { shape: Db });
    setFactory(serialized, () => new Db(), pooledScope({ maxSize: 1, concurrency: "serialize" }));
    await runInContext(() => serialized.query());
    expect(await promisesOf(() => runInContext(() => serialized.query()))).to.equal(3);
    const two = (): Promise<unknown> => {
      void serialized.query();
      return serialized.query();
    };
    // Of the second call: its turn, the reaction that makes the call, and the language's own for the promise of that.
    expect(await promisesOf(() => runInContext(two))).to.equal(3 + 2 + 3);
  });

  it("a call that waits in the pool's queue makes four more", async () => {
    const held = await lease(db);
    const made = await promisesOf(() => {
      void request();
      void held.release();
    });
    // The arrival and its reaction, the reaction that makes the call, and the language's own for the promise of that.
    expect(made - 3).to.equal(4);
  });
});
