import { expect } from "chai";
import { pooledScope, runInContext, scopedProxy, setFactory } from "inversify-scopes";
import { thrown } from "../support/errors.js";
import { type Gate, gate } from "../support/gate.js";

class Db {
  readonly log: string[] = [];
  async query(until: Gate): Promise<void> {
    await until.promise;
    this.log.push("query");
  }
  async *rows(): AsyncGenerator<string> {
    this.log.push("rows");
    yield "row";
  }
}

function pool(concurrency: "serialize" | "throw"): Db {
  const db = scopedProxy<Db>("db", { shape: Db });
  setFactory(db, () => new Db(), pooledScope({ maxSize: 1, concurrency }));
  return db;
}

describe("an async generator, while another call is under way", () => {
  it("'serialize': waits for its turn in its first next()", async () => {
    const db = pool("serialize");
    await runInContext(async () => {
      const until = gate();
      const query = db.query(until);
      const rows = db.rows();
      const first = rows.next();
      until.open();
      expect((await first).value).to.equal("row");
      await query;
      await rows.return(undefined);
      expect(db.log).to.eql(["query", "rows"]);
    });
  });

  it("'throw': CONCURRENT_USE", async () => {
    const db = pool("throw");
    await runInContext(async () => {
      const until = gate();
      const query = db.query(until);
      thrown("CONCURRENT_USE", () => db.rows());
      until.open();
      await query;
    });
  });
});
