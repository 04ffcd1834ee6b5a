import { expect } from "chai";
import { Kysely, SqliteDialect, sql } from "kysely";
import { behaves } from "../harness.mjs";
import { sqliteFailure } from "../servers.mjs";

const client = {
  scope: "pooled",
  isSync: true,
  work: async (db) => ({ ...db.prepare("select 1 as n").get() }),
  worked: { n: 1 },
  end: (db) => db.close(),
};
const skipped = (name, why) => it.skip(`${name}: ${why}`);

const { DatabaseSync } = await import("node:sqlite").catch(() => ({}));
if (DatabaseSync === undefined) skipped("node:sqlite", `not in Node ${process.versions.node}`);
else {
  behaves("node:sqlite", {
    ...client,
    make: () => new DatabaseSync(":memory:"),
    options: { shape: DatabaseSync, onRelease: (db) => void (db.isTransaction && db.exec("rollback")) },
    identity: marked,
    library: async (db) => expect({ ...db.prepare("select ? as n").get(2) }).to.eql({ n: 2 }),
  });
}

const { default: Database } = await import("better-sqlite3");
const failure = await sqliteFailure();
if (failure !== undefined) skipped("better-sqlite3", failure);
else {
  behaves("better-sqlite3", {
    ...client,
    make: () => new Database(":memory:"),
    options: { shape: Database, onRelease: (db) => void (db.inTransaction && db.exec("rollback")) },
    identity: marked,
    library: async (db) => {
      const kysely = new Kysely({ dialect: new SqliteDialect({ database: db }) });
      expect((await sql`select 2 as n`.execute(kysely)).rows).to.eql([{ n: 2 }]);
    },
  });
}

/** Each has a database of its own. */
function marked(db) {
  db.exec("create table if not exists mark (id text)");
  const found = db.prepare("select id from mark").get();
  if (found !== undefined) return found.id;
  const id = String(Math.random());
  db.exec(`insert into mark values ('${id}')`);
  return id;
}
