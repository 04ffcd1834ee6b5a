#!/usr/bin/env bash
# generic-pool 3.9.0, tarn 3.1.2 (knex's), sequelize-pool 8.0.1 (sequelize's) and lightning-pool 4.14.0: what is being destroyed no longer counts against `max`, so a pool makes a new resource while the old ones still end.
# As each that proves ill starts another, there is no limit at all: a pool with max 1 has ten connections here. That is the hour when a database is slow to say good-bye, and
# has as few connections to give as ever. The documentation calls max the size of the pool, and generic-pool's "the maximum number of resources".
# Seen on Node 20.20.2. Let `create` wait for what `destroy` has under way, or give the server's limit room for more than max.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts generic-pool@3.9.0 tarn@3.1.2 sequelize-pool@8.0.1 lightning-pool@4.14.0
cat >program.mjs <<'PROGRAM'
import { setTimeout as sleep } from "node:timers/promises";
import genericPool from "generic-pool";
import { createPool as createLightningPool } from "lightning-pool";
import { Pool as SequelizePool } from "sequelize-pool";
import { Pool as Tarn } from "tarn";

const pools = {
  "generic-pool": ({ validate, ...factory }) =>
    genericPool.createPool({ ...factory, validate: async (resource) => validate(resource) }, { max: 1, testOnBorrow: true }),
  tarn: (factory) => {
    const pool = new Tarn({ ...factory, min: 0, max: 1 });
    return { acquire: () => pool.acquire().promise, release: (resource) => pool.release(resource) };
  },
  "sequelize-pool": (factory) => new SequelizePool({ ...factory, min: 0, max: 1 }),
  "lightning-pool": ({ validate, ...factory }) => {
    const check = async (resource) => {
      if (!validate(resource)) throw new Error("ill");
    };
    return createLightningPool({ ...factory, validate: check }, { min: 0, max: 1, validation: true });
  },
};
async function most(make) {
  const ending = [];
  let open = 0;
  let most = 0;
  const pool = make({
    async create() {
      most = Math.max(most, ++open);
      return { ill: false };
    },
    validate: ({ ill }) => !ill,
    async destroy() {
      await new Promise((end) => ending.push(end));
      open--;
    },
  });
  for (let request = 0; request < 10; request++) {
    const resource = await pool.acquire();
    resource.ill = true;
    await pool.release(resource);
    await sleep(10);
  }
  for (const end of ending) end();
  return most;
}
for (const [name, make] of Object.entries(pools)) console.log(`${name}, max 1: ${await most(make)} at once`);
process.exit();
PROGRAM
expected='generic-pool, max 1: 10 at once
tarn, max 1: 10 at once
sequelize-pool, max 1: 10 at once
lightning-pool, max 1: 10 at once'
seen=$(node program.mjs)
echo "$seen"
[ "$seen" = "$expected" ] || { echo "It has changed. Expected: $expected"; exit 1; }
