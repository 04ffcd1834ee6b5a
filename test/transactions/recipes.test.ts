import "reflect-metadata";

import { expect } from "chai";
import { runInContext, ScopedContainer } from "inversify-scopes";
import { swapInstance } from "inversify-scopes/testing";
import { sqlTransactions, transactional, type TransactionDriver } from "inversify-scopes/transactions";

import { Connection } from "../support/connection.js";
import { type Ledger, openLedger } from "../support/ledger.js";
import { reasonOf } from "../support/errors.js";
import { Recorded } from "../support/recording.js";
import { recordedService } from "../support/recorded-service.js";

/** See docs/transactions.md. */
const undo = new Error("undone");

describe("Recipes for tests of those who use transactions", function () {
  this.timeout(20_000);
  let ledger: Ledger;

  before(async () => (ledger = await openLedger(1)));
  after(() => ledger[Symbol.asyncDispose]());

  const change = (): Promise<unknown> =>
    transactional(ledger.db, () => ledger.db.query(`UPDATE ${ledger.table} SET balance = balance + 1`));
  const seen = async (db: Connection): Promise<number> => {
    const [row] = await db.query<{ balance: number }>(`SELECT balance FROM ${ledger.table}`);
    return row!.balance;
  };

  it("each test is rolled back, if it is the body of a transaction", async () => {
    const { db } = ledger;
    const test = async (): Promise<void> => {
      await change();
      await change();
      expect(await seen(db)).to.equal(102);
    };
    const body = async (): Promise<void> => {
      await test();
      throw undo;
    };
    expect(await reasonOf(transactional(db, body))).to.equal(undo);
    expect(await ledger.balance(1)).to.equal(100);
  });

  it("so is an application with contexts of its own, on one connection with savepoints", async () => {
    const sql = sqlTransactions<Connection>((db, text) => db.query(text));
    const asSavepoints: TransactionDriver<Connection> = {
      ...sql,
      begin: (db) => sql.savepoint!(db, "of_the_test"),
      commit: (db) => sql.releaseSavepoint!(db, "of_the_test"),
      rollback: (db) => sql.rollbackTo!(db, "of_the_test"),
    };
    const container = new ScopedContainer();
    container
      .bind(Connection)
      .toDynamicValue(() => Connection.open(ledger.url, "never"))
      .inPooledScope({ maxSize: 1, transactions: asSavepoints });
    const db = container.get(Connection);
    const one = await Connection.open(ledger.url, "test");
    await one.query("BEGIN");
    {
      using _ = swapInstance(container, Connection, one);
      const request = (outcome: () => void): Promise<unknown> =>
        runInContext(() =>
          transactional(db, async () => {
            await db.query(`UPDATE ${ledger.table} SET balance = balance + 1`);
            outcome();
          }),
        );
      const failing = (): never => {
        throw new Error("no");
      };
      await Promise.allSettled([request(() => {}), request(failing), request(() => {})]);
      expect(await seen(db)).to.equal(102);
    }
    await one.query("ROLLBACK");
    expect(await ledger.balance(1)).to.equal(100);
    await one.close();
  });

  it("a connection that remembers needs no database", async () => {
    const { container, db, run } = recordedService();
    const said: string[] = [];
    const fake = { note: (what: string) => said.push(what), query: async (sql: string) => (said.push(sql), sql) };
    using _ = swapInstance(container, Recorded, fake as never);
    await run(() => transactional(db, () => db.query("insert")));
    expect(said).to.deep.equal(["begin", "insert", "commit"]);
  });
});
