import { expect } from "chai";
import { sqlTransactions, type TransactionDriver } from "inversify-scopes/transactions";

import { reasonOf } from "../support/errors.js";

interface Speaker {
  readonly said: string[];
  readonly answer?: (sql: string) => unknown;
}

const run = (speaker: Speaker, sql: string): unknown => {
  speaker.said.push(sql);
  return speaker.answer?.(sql);
};

async function saidBy(driver: TransactionDriver<Speaker>, answer?: Speaker["answer"]): Promise<string[]> {
  const speaker: Speaker = answer === undefined ? { said: [] } : { said: [], answer };
  await driver.begin(speaker, {});
  await driver.commit(speaker);
  await driver.begin(speaker, { isolation: "repeatable read", readOnly: true });
  await driver.rollback(speaker);
  await driver.begin(speaker, { readOnly: false });
  await driver.savepoint!(speaker, "s");
  await driver.rollbackTo!(speaker, "s");
  await driver.releaseSavepoint!(speaker, "s");
  return speaker.said;
}

const SAVEPOINTS = ["SAVEPOINT s", "ROLLBACK TO SAVEPOINT s", "RELEASE SAVEPOINT s", "RELEASE SAVEPOINT s"];

describe("sqlTransactions", () => {
  it("speaks PostgreSQL", async () => {
    const tags = (sql: string): unknown => ({ command: sql });
    expect(await saidBy(sqlTransactions(run), tags)).to.deep.equal([
      ...["BEGIN", "COMMIT", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", "ROLLBACK", "BEGIN READ WRITE"],
      ...SAVEPOINTS,
    ]);
  });

  it("speaks MySQL", async () => {
    expect(await saidBy(sqlTransactions(run, { dialect: "mysql" }))).to.deep.equal([
      ...["START TRANSACTION", "COMMIT", "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"],
      ...["START TRANSACTION READ ONLY", "ROLLBACK", "START TRANSACTION READ WRITE", ...SAVEPOINTS],
    ]);
  });

  it("speaks SQLite, which refuses levels and is always serializable", async () => {
    expect(await saidBy(sqlTransactions(run, { dialect: "sqlite" }))).to.deep.equal([
      ...["BEGIN IMMEDIATE", "COMMIT", "BEGIN", "ROLLBACK", "BEGIN IMMEDIATE", ...SAVEPOINTS],
    ]);
  });

  describe("told by PostgreSQL's results that COMMIT was a ROLLBACK", () => {
    const { begin, commit } = sqlTransactions<Speaker>(run);
    const ended = async (answer: (sql: string) => unknown): Promise<{ committed: unknown; said: string[] }> => {
      const speaker: Speaker = { said: [], answer };
      await begin(speaker, {});
      return { committed: await commit(speaker), said: speaker.said };
    };

    it("by the tag, if it is there", async () => {
      const tag = (command: string) => (sql: string) => ({ command: sql === "COMMIT" ? command : sql });
      expect(await ended(tag("ROLLBACK"))).to.deep.equal({ committed: false, said: ["BEGIN", "COMMIT"] });
      expect(await ended(tag("COMMIT"))).to.deep.equal({ committed: true, said: ["BEGIN", "COMMIT"] });
    });

    it("by a statement that does nothing, if only rows come back", async () => {
      const { said, committed } = await ended(() => []);
      expect(committed).not.to.equal(false);
      expect(said).to.deep.equal(["BEGIN", "SELECT 1", "COMMIT"]);
      const aborted = (sql: string): unknown => {
        if (sql === "SELECT 1") throw Object.assign(new Error("aborted"), { code: "25P02" });
        return [];
      };
      expect(await ended(aborted)).to.deep.equal({ committed: false, said: ["BEGIN", "SELECT 1", "ROLLBACK"] });
    });

    it("and any other error is an error", async () => {
      const broken = (sql: string): unknown => (sql === "SELECT 1" ? Promise.reject(new Error("broken")) : undefined);
      expect(await reasonOf(ended(broken))).to.have.property("message", "broken");
    });
  });

  it("knows by which errors MySQL ends a transaction", () => {
    const { isEndedBy } = sqlTransactions(run, { dialect: "mysql" });
    expect(isEndedBy!({ errno: 1213 })).to.be.true;
    expect(isEndedBy!({ errno: 1205 })).to.be.false;
    expect(isEndedBy!(null)).to.be.false;
  });
});
