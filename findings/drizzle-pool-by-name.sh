#!/usr/bin/env bash
# drizzle-orm 0.45.4 (node-postgres): a transaction gets a connection of its own only if the client is an instance of the Pool of drizzle's own copy of pg, or
# the name of its class contains "Pool". A subclass of another copy's Pool with another name (two copies in the tree, or class names minified) gets BEGIN, the
# statements and COMMIT through pool.query, each on whatever connection is free: no transaction, and no error.
# Seen on Node 20.20.2, with pools that only note what they are asked for. Name the class with "Pool", or pass a client.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund drizzle-orm@0.45.4 pg@8.23.1 other-pg@npm:pg@8.23.1
cat >program.mjs <<'PROGRAM'
import { sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/node-postgres";
import own from "pg";
import other from "other-pg";

/** Notes on which connection a statement runs, as a pool that has several does. */
const noting = (Pool) =>
  class Database extends Pool {
    said = [];
    query({ text, ...rest }, ...more) {
      this.said.push(`any: ${text ?? rest}`);
      return Promise.resolve({ rows: [] });
    }
    connect() {
      const query = ({ text }) => (this.said.push(`own: ${text}`), Promise.resolve({ rows: [] }));
      return Promise.resolve({ query, release() {} });
    }
  };
for (const { Pool } of [own, other]) {
  const pool = new (noting(Pool))();
  await drizzle(pool).transaction((tx) => tx.execute(sql`select 1`));
  console.log(pool.said.join(", "));
}
PROGRAM
expected='own: begin, own: select 1, own: commit
any: begin, any: select 1, any: commit'
seen=$(node program.mjs)
echo "$seen"
[ "$seen" = "$expected" ] || { echo "It has changed. Expected: $expected"; exit 1; }
