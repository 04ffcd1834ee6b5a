import { expect } from "chai";
import { DataTypes, Model, Sequelize } from "sequelize";
import { behaves } from "../harness.mjs";
import { postgres } from "../servers.mjs";

let url;
const make = () => new Sequelize(url, { logging: false });
let db;
class Row extends Model {}

const client = {
  before: async () => {
    url = await postgres();
    db = make();
    await db.query("create table if not exists sequelize (n int)");
  },
  after: () => db.close(),
  work: async (one) => (await one.query("select 1 as n"))[0],
  worked: [{ n: 1 }],
};
behaves("sequelize, shared", {
  ...client,
  scope: "shared",
  make,
  end: (one) => one.close(),
  options: { shape: Sequelize },
  library: async (one) => {
    Row.init(
      { n: { type: DataTypes.INTEGER, primaryKey: true } },
      { sequelize: one, tableName: "sequelize", timestamps: false },
    );
    expect(await Row.count({ where: { n: -1 } })).to.equal(0);
  },
});
behaves("sequelize, a transaction per context", {
  ...client,
  scope: "per-async-context",
  make: () => db.transaction(),
  end: (transaction) => (transaction.finished === undefined ? transaction.rollback() : undefined),
  options: () => ({ shape: db.constructor.Transaction }),
  isSync: true,
  work: async (transaction) => (await db.query("select 1 as n", { transaction }))[0],
  identity: async (transaction) => (await db.query("select pg_backend_pid() as id", { transaction }))[0][0].id,
  transaction: {
    begin: (transaction) => transaction,
    write: (transaction) => db.query("insert into sequelize values (1)", { transaction }),
    read: async (transaction) =>
      Number(
        (await db.query("select count(*) from sequelize", transaction.finished ? {} : { transaction }))[0][0].count,
      ),
    commit: (transaction) => transaction.commit(),
    rollback: (transaction) => transaction.rollback(),
  },
});
