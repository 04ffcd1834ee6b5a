/** mysql2 on MariaDB. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import mysql from "mysql2/promise";
import { runInContext, ScopedContainer, poolOf } from "../../../dist/src/index.js";
import { sqlTransactions, transactional } from "../../../dist/src/transactions/index.js";
import { keepsBooks, SETUP } from "./books.mjs";
import { isThere, mariadb } from "../servers.mjs";

async function open() {
  const config = await mariadb();
  const admin = await mysql.createConnection(config);
  for (const sql of SETUP) await admin.query(sql);
  const container = new ScopedContainer();
  const { Connection } = mysql;
  container
    .bind("db")
    .toDynamicValue(() => mysql.createConnection(config))
    .inPooledScope({
      maxSize: 8,
      shape: Connection ?? admin.constructor,
      defer: ["query", "execute", "end"],
      destroy: (db) => db.destroy(),
      transactions: sqlTransactions((db, sql) => db.query(sql), { dialect: "mysql" }),
    });
  const db = container.get("db");
  return {
    admin,
    db,
    add: (id, amount) => db.execute("UPDATE accounts SET balance = balance + ? WHERE id = ?", [amount, id]),
    fail: () => db.query("SELECT nonsense"),
    async balances() {
      const [rows] = await admin.query("SELECT balance FROM accounts ORDER BY id");
      return rows.map(({ balance }) => balance);
    },
    async close() {
      await poolOf(db).close();
      await admin.end();
    },
  };
}

const more = (books, { changes, inContext, move, rejects }) => {
  it("has the level and the mode that was asked for", async () => {
    const { db, add } = books();
    for (const isolation of ["READ UNCOMMITTED", "READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"]) {
      const options = { isolation: isolation.toLowerCase(), readOnly: true };
      await rejects(
        inContext(options, () => add(1, 1)),
        { errno: 1792 },
      );
      await inContext({ ...options, readOnly: false }, async () => {
        await db.query("SELECT * FROM accounts");
        // What is asked next is looked up ten times a second.
        await sleep(200);
        const [[row]] = await db.query(
          "SELECT trx_isolation_level AS level FROM information_schema.innodb_trx WHERE trx_mysql_thread_id = CONNECTION_ID()",
        );
        assert.equal(row.level, isolation);
      });
    }
  });

  /** Two that each hold what the other wants: the server ends one of them. */
  const crossing = async (options, caught) => {
    const { db, add } = books();
    let held = 0;
    let bothHold;
    const both = new Promise((resolve) => (bothHold = resolve));
    const job = (first, second) =>
      runInContext(() =>
        transactional(db, options, async () => {
          await add(first, 1);
          if (++held === 2) bothHold();
          await both;
          await add(second, 1).catch(caught);
          if (caught.goesOn) await add(3, 1000).catch(() => {});
        }),
      );
    return Promise.allSettled([job(1, 2), job(2, 1)]);
  };
  const thrown = (error) => {
    throw error;
  };

  it("tells one of two that deadlock", () =>
    changes([1, 1, 0], async () => {
      const ends = await crossing({}, thrown);
      const reasons = ends.flatMap(({ reason }) => (reason === undefined ? [] : [reason.errno]));
      assert.deepEqual(reasons, [1213]);
    }));

  it("tries a deadlock again", () =>
    changes([2, 2, 0], async () => {
      const ends = await crossing({ retry: 5 }, thrown);
      assert.deepEqual(
        ends.map(({ status }) => status),
        ["fulfilled", "fulfilled"],
      );
    }));

  it("lets nothing through after a deadlock that was caught: it would be committed at once", () =>
    changes([1, 1, 1000], async () => {
      const caught = Object.assign(() => {}, { goesOn: true });
      const ends = await crossing({}, caught);
      const codes = ends.flatMap(({ reason }) => (reason === undefined ? [] : [reason.code]));
      assert.deepEqual(codes, ["TRANSACTION_ROLLED_BACK"]);
    }));

  it("destroys a connection that the server has ended in mid-transaction", () =>
    changes([0, 0, 0], async () => {
      const { admin, db } = books();
      const body = async () => {
        await move(10);
        await admin.query(`KILL ${db.threadId}`);
        await move(10);
      };
      const { created } = poolOf(db).stats();
      await rejects(inContext(body), (error) => error.suppressed.length === 1);
      await inContext(() => db.query("SELECT 1"));
      assert.ok(poolOf(db).stats().created >= created);
    }));

  it("fails at begin on a connection that is lost", async () => {
    const { admin, db } = books();
    await runInContext(async () => {
      await db.query("SELECT 1");
      await admin.query(`KILL ${db.threadId}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
      await rejects(transactional(db, () => move(10)));
      await transactional(db, () => db.query("SELECT 1"));
    });
  });

  it("keeps the books exact: 100 clients on 8 connections", async () => {
    const { balances } = books();
    const sum = async () => (await balances()).reduce((a, b) => a + b);
    const before = await sum();
    const clients = Array.from({ length: 100 }, (_, i) =>
      inContext({ retry: 50 }, async () => {
        await move(i % 7);
        if (i % 3 === 0) throw new Error("own");
        if (i % 5 === 0) await books().fail();
      }),
    );
    const ends = await Promise.allSettled(clients);
    assert.equal(ends.filter(({ status }) => status === "fulfilled").length, 53);
    assert.equal(await sum(), before);
  });
};

if (isThere("mariadbd")) keepsBooks("mysql2 on MariaDB", open, more);
else it.skip("mysql2 on MariaDB: mariadbd is not installed");
