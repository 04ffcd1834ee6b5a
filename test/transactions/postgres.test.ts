import "reflect-metadata";

import { expect } from "chai";
import { poolOf, runInContext } from "inversify-scopes";
import { afterCommit, transactional } from "inversify-scopes/transactions";

import { eventually } from "../support/connection.js";
import { reasonOf, rejected } from "../support/errors.js";
import { bindClient, type Ledger, openLedger } from "../support/ledger.js";

const NESTED = { propagation: "nested" } as const;
const NEW = { propagation: "requires-new" } as const;

describe("Transactions on PostgreSQL, by a class of one's own that gives back rows", function () {
  this.timeout(30_000);

  let ledger: Ledger;
  let add: (id: number, amount: number) => Promise<unknown>;

  before(async () => {
    ledger = await openLedger(9);
    add = (id, amount) =>
      ledger.db.query(`UPDATE ${ledger.table} SET balance = balance + $2 WHERE id = $1`, [id, amount]);
  });

  after(() => ledger[Symbol.asyncDispose]());

  it("are committed when they resolve, and seen by others only then", async () => {
    const { db, balance } = ledger;
    await runInContext(async () => {
      await transactional(db, async () => {
        await add(1, 10);
        expect(await balance(1)).to.equal(100);
        afterCommit(async () => expect(await balance(1)).to.equal(110));
      });
      expect(await balance(1)).to.equal(110);
    });
  });

  it("are rolled back if the body fails, and the error is the database's own", async () => {
    const { db, balance, pool } = ledger;
    const whole = transactional(db, async () => {
      await add(2, 10);
      await db.query("SELECT nonsense");
    });
    expect(await reasonOf(whole)).to.have.property("code", "42703");
    expect(await balance(2)).to.equal(100);
    expect(pool.stats().destroyed.discarded).to.equal(0);
  });

  it("are TRANSACTION_ROLLED_BACK if a statement has failed, though the error was caught", async () => {
    const { db, balance } = ledger;
    const whole = transactional(db, async () => {
      await add(3, 10);
      await db.query("SELECT nonsense").catch(() => {});
    });
    await rejected("TRANSACTION_ROLLED_BACK", whole);
    expect(await balance(3)).to.equal(100);
  });

  it("may lose a part by savepoints, also after an error of the server", async () => {
    const { db, balance } = ledger;
    await transactional(db, async () => {
      await add(4, 1);
      for (let i = 0; i < 3; i++) {
        await reasonOf(
          transactional(db, NESTED, async () => {
            await add(4, 10);
            await db.query("SELECT nonsense");
          }),
        );
      }
      await transactional(db, NESTED, () => add(4, 100));
    });
    expect(await balance(4)).to.equal(201);
  });

  it("of their own are on a second connection", async () => {
    const { db, balance } = ledger;
    const whole = transactional(db, async () => {
      const outer = await db.backend();
      await transactional(db, NEW, async () => {
        expect(await db.backend()).not.to.equal(outer);
        await add(5, 10);
      });
      expect(await db.backend()).to.equal(outer);
      throw new Error("outer");
    });
    await reasonOf(whole);
    expect(await balance(5)).to.equal(110);
  });

  it("have the level and the mode that was asked for", async () => {
    const { db } = ledger;
    const shown = async (): Promise<unknown> => {
      const [row] = await db.query(
        "SELECT current_setting('transaction_isolation') i, current_setting('transaction_read_only') r",
      );
      return Object.values(row!);
    };
    for (const isolation of ["read uncommitted", "read committed", "repeatable read", "serializable"] as const) {
      expect(await transactional(db, { isolation, readOnly: true }, shown)).to.deep.equal([isolation, "on"]);
    }
    expect(await transactional(db, { readOnly: false }, shown)).to.deep.equal(["read committed", "off"]);
    const writing = transactional(db, { readOnly: true }, () => add(1, 1));
    expect(await reasonOf(writing)).to.have.property("code", "25006");
  });

  it("fail at COMMIT with the database's error", async () => {
    const { admin, db, pool, table } = ledger;
    await admin.query(`CREATE TABLE ${table}_of (id int REFERENCES ${table} (id) DEFERRABLE INITIALLY DEFERRED)`);
    const whole = transactional(db, () => db.query(`INSERT INTO ${table}_of VALUES (77)`));
    expect(await reasonOf(whole)).to.have.property("code", "23503");
    expect(await admin.query(`SELECT * FROM ${table}_of`)).to.be.empty;
    expect(pool.stats().destroyed.discarded).to.equal(0);
    await admin.query(`DROP TABLE ${table}_of`);
  });

  it("lose their connection when the server ends its session in mid-transaction", async () => {
    const { admin, db, balance, pool } = ledger;
    const discarded = pool.stats().destroyed.discarded;
    await runInContext(async () => {
      const whole = transactional(db, async () => {
        await add(6, 10);
        await admin.query("SELECT pg_terminate_backend($1)", [await db.backend()]);
        await add(6, 10);
      });
      const error = (await reasonOf(whole)) as Error & { suppressed: Error[] };
      expect(error.message).to.match(/terminat|closed|not queryable/i);
      expect(error.suppressed).to.have.length(1);
      await add(6, 1);
    });
    expect(await balance(6)).to.equal(101);
    expect(pool.stats().destroyed.discarded).to.equal(discarded + 1);
  });

  it("fail at BEGIN on a connection that is lost, and leave the context another one", async () => {
    const { admin, db, balance } = ledger;
    await runInContext(async () => {
      await admin.query("SELECT pg_terminate_backend($1)", [await db.backend()]);
      await eventually("it is lost", () => !db.alive);
      expect(await reasonOf(transactional(db, () => add(7, 10)))).to.be.an("error");
      await transactional(db, () => add(7, 1));
    });
    expect(await balance(7)).to.equal(101);
  });

  it("are rolled back when the client has left, or the context ends, or time is up", async () => {
    const { db, balance, pool } = ledger;
    const abort = new AbortController();
    await reasonOf(
      runInContext({ signal: abort.signal }, () =>
        transactional(db, async () => {
          await add(8, 10);
          abort.abort();
        }),
      ),
    );
    let left!: Promise<unknown>;
    await runInContext(async () => {
      left = reasonOf(
        transactional(db, async () => {
          await add(8, 10);
          await db.query("SELECT pg_sleep(0.2)");
          await add(8, 10);
        }),
      );
      await new Promise((resolve) => setTimeout(resolve, 50));
    });
    await left;
    const begun = performance.now();
    const slow = transactional(db, { timeoutMs: 50 }, async () => {
      await add(8, 10);
      await db.query("SELECT pg_sleep(3)");
    });
    await rejected("TRANSACTION_TIMEOUT", slow);
    expect(performance.now() - begun).to.be.lessThan(2_900);
    await eventually("all are back", () => pool.stats().leased + pool.stats().draining === 0);
    expect(await balance(8)).to.equal(100);
  });
});

describe("Transactions on PostgreSQL, by pg.Client itself", function () {
  this.timeout(30_000);

  it("are those, without one more statement for each commit", async () => {
    await using ledger = await openLedger(1);
    const client = bindClient(ledger.url);
    const change = `UPDATE ${ledger.table} SET balance = balance + 1`;
    await runInContext(async () => {
      await transactional(client, () => client.query(change));
      const swallowing = transactional(client, async () => {
        await client.query(change);
        await client.query("SELECT nonsense").catch(() => {});
      });
      await rejected("TRANSACTION_ROLLED_BACK", swallowing);
      const failing = transactional(client, async () => {
        await client.query(change);
        throw new Error("own");
      });
      await reasonOf(failing);
      await transactional(client, async () => {
        await client.query(change);
        await reasonOf(transactional(client, NESTED, () => client.query("SELECT nonsense")));
      });
    });
    expect(await ledger.balance(1)).to.equal(102);
    await poolOf(client).close();
  });
});
