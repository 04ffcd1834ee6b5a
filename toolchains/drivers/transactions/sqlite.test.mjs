/** Drivers that are synchronous: better-sqlite3, and Node's own from 22 on. Two connections to one file. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { poolOf, ScopedContainer, runInContext } from "../../../dist/src/index.js";
import { sqlTransactions, transactional } from "../../../dist/src/transactions/index.js";
import { sqliteFailure } from "../servers.mjs";
import { keepsBooks, SETUP } from "./books.mjs";

/** @param connect - opens a file, with a class that has `exec` and `prepare` */
function sqlite(Database) {
  return async () => {
    const folder = mkdtempSync(join(os.tmpdir(), "sqlite-"));
    const file = join(folder, "books.db");
    const connect = () => {
      const db = new Database(file);
      db.exec("PRAGMA busy_timeout = 20");
      return db;
    };
    const admin = connect();
    admin.exec("PRAGMA journal_mode = WAL");
    for (const sql of SETUP) admin.exec(sql);
    const container = new ScopedContainer();
    container
      .bind(Database)
      .toDynamicValue(connect)
      .inPooledScope({
        maxSize: 4,
        destroy: (db) => db.close(),
        transactions: sqlTransactions((db, sql) => db.exec(sql), { dialect: "sqlite" }),
      });
    const db = container.get(Database);
    return {
      db,
      admin,
      add: async (id, amount) => db.prepare("UPDATE accounts SET balance = balance + ? WHERE id = ?").run(amount, id),
      fail: async () => db.exec("SELECT nonsense"),
      balances: async () =>
        admin
          .prepare("SELECT balance FROM accounts ORDER BY id")
          .all()
          .map(({ balance }) => balance),
      async close() {
        await poolOf(db).close();
        admin.close();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  };
}

function more(books, { changes, inContext, move, rejects }) {
  it("tries again while another writes", () =>
    changes([-10, 10, 0], async () => {
      const { admin } = books();
      admin.exec("BEGIN IMMEDIATE");
      setTimeout(() => admin.exec("COMMIT"), 60);
      await rejects(inContext(() => move(10)));
      await inContext({ retry: { times: 50, delayMs: 10 } }, () => move(10));
    }));

  it("lets several read at once", () =>
    runInContext(async () => {
      const { balances, db } = books();
      const read = () => inContext({ readOnly: true }, () => db.prepare("SELECT count(*) AS n FROM accounts").get().n);
      assert.deepEqual(await Promise.all([read(), read(), read()]), [3, 3, 3]);
      assert.equal((await balances()).length, 3);
    }));

  it("has one transaction after the other in one context", () =>
    changes([-3, 3, 0], () =>
      runInContext(() => Promise.all([1, 2].map((amount) => transactional(books().db, () => move(amount))))),
    ));
}

const failure = await sqliteFailure();
if (failure === undefined) keepsBooks("better-sqlite3", sqlite((await import("better-sqlite3")).default), more);
else it.skip(`better-sqlite3: ${failure}`);

const sqliteOfNode = process.getBuiltinModule("node:sqlite");
if (sqliteOfNode === undefined) it.skip("node:sqlite: Node has it from 22 on");
else keepsBooks("node:sqlite", sqlite(sqliteOfNode.DatabaseSync), more);
