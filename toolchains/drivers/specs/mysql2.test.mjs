import mysql from "mysql2/promise";
import { expect } from "chai";
import { behaves } from "../harness.mjs";
import { mariadb } from "../servers.mjs";

let server;
let pool;
const example = mysql.createPool({}); // opens nothing

const client = {
  needs: "mariadbd",
  scope: "pooled",
  before: async () => {
    server = await mariadb();
    pool = mysql.createPool(server);
    await pool.query("create table if not exists mysql2 (n int) engine=InnoDB");
  },
  after: () => pool.end(),
  make: () => mysql.createConnection(server),
  end: (one) => one.end(),
  options: {
    shape: mysql.PromiseConnection,
    defer: ["query", "execute", "beginTransaction", "commit", "rollback"],
    onRelease: (one) => one.query("rollback"),
  },
  work: async (one) => (await one.query("select 1 as n"))[0],
  worked: [{ n: 1 }],
  identity: (one) => one.threadId,
  transaction: {
    begin: async (one) => (await one.beginTransaction(), one),
    write: (one) => one.query("insert into mysql2 values (1)"),
    read: async (one) => (await one.query("select count(*) as n from mysql2"))[0][0].n,
    commit: (one) => one.commit(),
    rollback: (one) => one.rollback(),
  },
  leave: (one) => ({ over: one.query("select sleep(0.1)") }),
};

behaves("mysql2, a connection", client);
behaves("mysql2, a connection per context from the pool that you have", {
  ...client,
  scope: "per-async-context",
  leave: undefined,
  make: () => pool.getConnection(),
  end: (one) => one.release(),
  options: { shape: mysql.PromisePoolConnection, defer: ["query", "execute"] },
  identity: (one) => one.threadId,
  library: async (one) => {
    const [[row]] = await one.query("select connection_id() as id");
    expect(row.id).to.equal(one.threadId);
  },
});
behaves("mysql2, the pool, shared", {
  ...client,
  scope: "shared",
  identity: undefined,
  transaction: undefined,
  make: () => mysql.createPool(server),
  options: { shape: example, defer: ["query", "execute", "getConnection"] },
});
