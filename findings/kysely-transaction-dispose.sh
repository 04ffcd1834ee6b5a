#!/usr/bin/env bash
# kysely 0.28.19: a transaction has Symbol.asyncDispose, inherited from Kysely, and it always throws. So "await using" of what
# startTransaction() gives compiles, runs the body, and fails at its end, without a rollback; so does every container that ends what it made by that symbol.
# Seen on Node 20.20.2, with the driver of kysely that does nothing. Say how it ends: commit() or rollback().
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund kysely@0.28.19
cat >program.mjs <<'PROGRAM'
import { DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from "kysely";

const db = new Kysely({
  dialect: {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (own) => new SqliteIntrospector(own),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  },
});
const transaction = await db.startTransaction().execute();
console.log(typeof transaction[Symbol.asyncDispose]);
await transaction[Symbol.asyncDispose]().catch((error) => console.log(error.message));
console.log(transaction.isCommitted, transaction.isRolledBack);
PROGRAM
expected='function
calling the destroy method for a Transaction is not supported
false false'
seen=$(node program.mjs)
echo "$seen"
[ "$seen" = "$expected" ] || { echo "It has changed. Expected: $expected"; exit 1; }
