/**
 * What a real client must do behind its proxy, the same for all of them. A specification says how the client is bound, and what
 * to do with it; what a client has not (a transaction, a cursor) it leaves out.
 */
import "reflect-metadata";
import { expect } from "chai";
import { ready, release, runInContext, ScopedContainer, verify } from "../../dist/src/index.js";
import { expectNoLeases } from "../../dist/src/testing/index.js";
import { isThere, stopAll } from "./servers.mjs";

/**
 * @typedef Client
 * @property {string} [needs] - a program of the system, without which it is skipped
 * @property {() => object} make - as a factory: makes one, connected, as a promise or not
 * @property {(client: object) => unknown} end - the binding's `destroy`
 * @property {"shared" | "per-async-context" | "pooled"} scope
 * @property {object} [options] - of the binding, besides `destroy`
 * @property {() => unknown} [identifier] - a class; default a symbol
 * @property {(client: object) => Promise<unknown>} work - from cold, without having been waited for; `worked` is what comes of it
 * @property {unknown} worked
 * @property {boolean} [isSync] - nothing of it can wait, so that it is taken first, as `verify` is told
 * @property {(client: object) => unknown} [identity] - of what two contexts must not share; of clients that are not shared
 * @property {{ begin, write, read, commit, rollback }} [transaction] - `read` tells how many rows there are
 * @property {(client: object) => { over: Promise<unknown> }} [leave] - begins something that nobody awaits
 * @property {(client: object) => Promise<void>} [library] - gives it to its own library
 * @property {() => unknown} [before]
 * @property {() => unknown} [after]
 */

/** @param {Client} client */
export function behaves(name, client) {
  if (client.needs !== undefined && !isThere(client.needs)) {
    it.skip(`${name}: ${client.needs} is not installed`);
    return;
  }
  describe(name, function () {
    this.timeout(60_000);
    let container, proxy, made, ended;
    const { scope, options = {} } = client;
    const identifier = Symbol(name);

    before(() => client.before?.());
    after(() => client.after?.());
    beforeEach(() => {
      container = new ScopedContainer();
      made = [];
      ended = [];
      bind(scope === "pooled" ? { maxSize: 2 } : {});
    });
    afterEach(async () => {
      expectNoLeases(container);
      await container.unbindAllAsync();
    });

    function bind(more) {
      const bound = container.bind(identifier).toDynamicValue(async () => {
        made.push(await Promise.resolve(client.make()));
        return made.at(-1);
      });
      const said = {
        ...(typeof options === "function" ? options() : options),
        ...more,
        destroy: (one) => {
          ended.push(one);
          return client.end(one);
        },
      };
      if (scope === "pooled") bound.inPooledScope(said);
      else if (scope === "shared") bound.inSharedScope(said);
      else bound.inPerAsyncContextScope(said);
      proxy = container.get(identifier);
    }
    const inContext = (body) => runInContext({ name, needs: client.isSync ? [proxy] : [] }, body);

    it("is wired well", () => verify(container, { needs: client.isSync ? [identifier] : [] }));

    it(client.isSync ? "works when it was taken first" : "works from cold", async () => {
      expect(await inContext(() => client.work(proxy))).to.eql(client.worked);
      expect(await inContext(() => client.work(proxy))).to.eql(client.worked);
    });

    if (client.identity !== undefined) {
      it("two contexts never share it", async () => {
        const meet = barrier(2);
        const one = () =>
          inContext(async () => {
            await client.work(proxy);
            const before = await client.identity(proxy);
            await meet();
            expect(await client.identity(proxy)).to.equal(before);
            return before;
          });
        const [first, second] = await Promise.all([one(), one()]);
        expect(first).not.to.equal(second);
      });
    }

    if (client.transaction !== undefined) {
      const { begin, write, read, commit, rollback } = client.transaction;
      it("a transaction in a context is the context's alone", async () => {
        const count = () => inContext(async () => read(proxy, await ready(proxy)));
        const before = await count();
        await inContext(async () => {
          await ready(proxy);
          const own = await begin(proxy);
          await write(own);
          expect(await read(own)).to.equal(before + 1);
          expect(await count()).to.equal(before);
          await rollback(own);
        });
        expect(await count()).to.equal(before);
        await inContext(async () => {
          await ready(proxy);
          const own = await begin(proxy);
          await write(own);
          await commit(own);
        });
        expect(await count()).to.equal(before + 1);
      });
    }

    if (client.leave !== undefined) {
      it("what nobody awaits is over before the next holder has it", async () => {
        if (scope === "pooled") {
          await container.unbindAllAsync();
          bind({ maxSize: 1 });
        }
        let isOver = false;
        let over = Promise.resolve();
        await inContext(async () => {
          await client.work(proxy);
          over = client.leave(proxy).over.then(() => (isOver = true));
        });
        await inContext(async () => {
          await ready(proxy);
          if (scope === "pooled") expect(isOver).to.equal(true);
          expect(await client.work(proxy)).to.eql(client.worked);
        });
        await over;
      });
    }

    if (client.library !== undefined) {
      it("is taken by its own library", () => inContext(async () => client.library(proxy, await ready(proxy))));
    }

    it("is ended once", async () => {
      await inContext(async () => {
        await client.work(proxy);
        if (scope === "per-async-context") await release(proxy);
      });
      await container.unbindAllAsync();
      expect(made).to.have.length(1);
      expect(ended.length, "ends").to.equal(1);
      expect(ended[0] === made[0]).to.equal(true);
    });
  });
}

/** Resolves when so many have come. */
function barrier(n) {
  let all;
  const here = new Promise((resolve) => (all = resolve));
  return () => (--n === 0 ? all() : undefined, here);
}

after(function () {
  this.timeout(60_000);
  return stopAll();
});
