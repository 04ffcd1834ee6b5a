#!/usr/bin/env bash
# typeorm-transactional 0.5.0 (typeorm 1.1.1): Propagation.NESTED begins no nested transaction but one of its own, on a second connection, as REQUIRES_NEW does. The documentation
# promises one within the current transaction. So what it has written stays when the outer one is rolled back, it does not see what the outer one has
# written, and a pool whose connections are all held by outer ones waits for itself. (TypeORM's own manager.transaction() takes a savepoint.)
# Seen on Node 20.20.2 with a stand-in for mysql2 that notes what is sent on which connection. Use REQUIRED, or savepoints through the manager.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts typeorm-transactional@0.5.0 typeorm@1.1.1 reflect-metadata@0.2.2
cat >program.mjs <<'PROGRAM'
import "reflect-metadata";
import { EventEmitter } from "node:events";
import { DataSource } from "typeorm";
import { addTransactionalDataSource, initializeTransactionalContext, Propagation, runInTransaction } from "typeorm-transactional";

const sent = [];
let connections = 0;
const free = [];
class Connection extends EventEmitter {
  number = ++connections;
  promise() {
    return this;
  }
  async query(text) {
    sent.push(`connection ${this.number}: ${text}`);
    return [[{ version: "8.4.0", db_name: "shop" }], []];
  }
  release() {
    free.push(this);
  }
}
const driver = {
  createPool: () => ({
    on() {},
    getConnection: (callback) => setImmediate(callback, null, free.pop() ?? new Connection()),
    end: (ended) => setImmediate(ended),
  }),
};
initializeTransactionalContext();
const source = addTransactionalDataSource(new DataSource({ type: "mysql", database: "shop", driver }));
await source.initialize();

async function run(name, nested) {
  sent.length = 0;
  const failed = runInTransaction(async () => {
    await source.query("insert outer");
    await nested();
    throw new Error("refused");
  });
  await failed.catch(() => {});
  console.log(`${name}\n  ${sent.join("\n  ")}`);
}
await run("NESTED", () => runInTransaction(() => source.query("insert nested"), { propagation: Propagation.NESTED }));
await run("manager.transaction()", () => source.manager.transaction((manager) => manager.query("insert nested")));
PROGRAM
expected='NESTED
  connection 1: START TRANSACTION
  connection 1: insert outer
  connection 2: START TRANSACTION
  connection 2: insert nested
  connection 2: COMMIT
  connection 1: ROLLBACK
manager.transaction()
  connection 1: START TRANSACTION
  connection 1: insert outer
  connection 1: SAVEPOINT typeorm_1
  connection 1: insert nested
  connection 1: RELEASE SAVEPOINT typeorm_1
  connection 1: ROLLBACK'
seen=$(node program.mjs)
echo "$seen"
[ "$seen" = "$expected" ] || { echo "It has changed. Expected: $expected"; exit 1; }
