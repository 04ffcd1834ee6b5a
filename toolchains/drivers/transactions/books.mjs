/** What must hold with every database and driver: tried on books whose sum never changes. */
import assert from "node:assert/strict";
import { poolOf, runInContext } from "../../../dist/src/index.js";
import { afterCommit, transactional } from "../../../dist/src/transactions/index.js";
import { stopAll } from "../servers.mjs";

after(stopAll);

export const SETUP = [
  "CREATE TABLE accounts (id INT PRIMARY KEY, balance INT NOT NULL)",
  "INSERT INTO accounts VALUES (1, 100), (2, 100), (3, 100)",
];

/**
 * @param open - gives the proxy, `add(id, amount)` and `fail()` by it, and `balances()` by another way
 */
export function keepsBooks(name, open, more = () => {}) {
  describe(name, () => {
    let books;
    before(async () => (books = await open()));
    after(() => books?.close());

    const move = async (amount) => {
      await books.add(1, -amount);
      await books.add(2, amount);
    };
    /** What somebody does changes the accounts so. */
    const changes = async (expected, fn) => {
      const from = await books.balances();
      await fn();
      const to = await books.balances();
      assert.deepEqual(
        to.map((balance, i) => balance - from[i]),
        expected,
      );
    };
    const rejects = (promise, check) => assert.rejects(promise, check);
    const inContext = (...args) => runInContext(() => transactional(books.db, ...args));

    it("commits", () =>
      changes([-10, 10, 0], async () => {
        let seen;
        await inContext(async () => {
          await move(10);
          afterCommit(async () => (seen = await books.balances()));
        });
        assert.deepEqual(seen, await books.balances());
      }));

    it("rolls back, and the body's own error comes out", () =>
      changes([0, 0, 0], () => {
        const own = new Error("own");
        const body = async () => {
          await move(10);
          throw own;
        };
        return rejects(inContext(body), (error) => error === own && error.suppressed === undefined);
      }));

    it("rolls back after an error of the database", () =>
      changes([0, 0, 0], () =>
        rejects(
          inContext(async () => {
            await move(10);
            await books.fail();
          }),
        ),
      ));

    it("rolls back a part by a savepoint", () =>
      changes([-10, 10, 1], () =>
        inContext(async () => {
          await books.add(3, 1);
          const nested = transactional(books.db, { propagation: "nested" }, async () => {
            await books.add(3, 1000);
            throw new Error("nested");
          });
          await rejects(nested);
          await transactional(books.db, { propagation: "nested" }, () => move(10));
        }),
      ));

    it("rolls back when it cannot be committed by a context that has been left", () =>
      changes([0, 0, 0], async () => {
        const abort = new AbortController();
        const left = runInContext({ signal: abort.signal }, () =>
          transactional(books.db, async () => {
            await move(10);
            abort.abort(new Error("left"));
          }),
        );
        await rejects(left, { message: "left" });
      }));

    it("leaves nothing open, and loses no connection", async () => {
      await inContext(() => move(1));
      const { leased, size } = poolOf(books.db).stats();
      assert.equal(leased, 0);
      assert.ok(size > 0);
    });

    more(() => books, { changes, inContext, move, rejects });
  });
}
