import { expect } from "chai";
import { pooledScope, poolOf, runInContext, scopedProxy, setFactory } from "inversify-scopes";
import { Connection } from "../support/connection.js";
import { sharedPostgres } from "../support/postgres.js";

/** What a team writes over a driver: a statement after some thinking, on the one connection of the request. */
class Db {
  readonly #connection: Connection;
  constructor(connection: Connection) {
    this.#connection = connection;
  }
  static async open(url: string): Promise<Db> {
    return new Db(await Connection.open(url, "late-insert"));
  }
  async run(sql: string, values: unknown[] = []): Promise<void> {
    await this.#connection.query(sql, values);
  }
  async save(row: string): Promise<void> {
    await this.#connection.query("SELECT pg_sleep(0.05)");
    await this.#connection.query("INSERT INTO late_insert VALUES ($1)", [row]);
  }
  async *rows(): AsyncGenerator<string> {
    await this.#connection.query("DECLARE c CURSOR FOR SELECT name FROM late_insert ORDER BY name");
    for (;;) {
      const [row] = await this.#connection.query<{ name: string }>("FETCH 1 FROM c");
      if (row === undefined) return;
      yield row.name;
    }
  }
  async close(): Promise<void> {
    await this.#connection.close();
  }
}

describe("a failed request's late statement on a real PostgreSQL (law 13)", function () {
  this.timeout(20_000);
  let db: Db;
  let admin: Connection;

  before(async () => {
    const { url } = await sharedPostgres();
    admin = await Connection.open(url, "late-insert-admin");
    await admin.query("CREATE TABLE late_insert (name text)");
    db = scopedProxy<Db>("Db", { shape: Db, destroy: (it) => it.close() });
    const reset = { onRelease: (it: Db) => it.run("ROLLBACK") };
    setFactory(db, () => Db.open(url), pooledScope<Db>({ maxSize: 1, ...reset }));
  });
  beforeEach(() => admin.query("TRUNCATE late_insert"));
  after(async () => {
    await poolOf(db).close();
    await admin.query("DROP TABLE late_insert");
    await admin.close();
  });

  async function committed(): Promise<string[]> {
    return (await admin.query<{ name: string }>("SELECT name FROM late_insert ORDER BY name")).map(({ name }) => name);
  }

  async function write(row: string): Promise<void> {
    await runInContext({ name: row }, async () => {
      await db.run("BEGIN");
      await db.save(row);
      await db.run("COMMIT");
    });
  }

  it("is rolled back, and never lands in the transaction of the next one", async () => {
    const failing = runInContext({ name: "fails" }, async () => {
      await db.run("BEGIN");
      await Promise.all([db.save("late"), Promise.reject(new Error("a sibling fails"))]);
    });
    await failing.catch(() => {});
    expect(poolOf(db).stats().draining).to.equal(1);
    await write("good");
    expect(await committed()).to.eql(["good"]);
    expect(poolOf(db).stats().created).to.equal(1);
  });

  it("a cursor that is read after the end of its request sees its own transaction, and the next one begins after it", async () => {
    await admin.query("INSERT INTO late_insert VALUES ('a'), ('b')");
    const [rows] = await runInContext({ name: "streams" }, async () => {
      await db.run("BEGIN");
      await db.run("DELETE FROM late_insert WHERE name = 'a'");
      return [db.rows()];
    });
    const next = write("c");
    const read: string[] = [];
    for await (const row of rows) read.push(row);
    await next;
    expect(read).to.eql(["b"]);
    // Its DELETE was never committed.
    expect(await committed()).to.eql(["a", "b", "c"]);
  });
});
