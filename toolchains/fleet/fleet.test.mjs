/** Several processes, one limit: the server itself counts, and would refuse a connection too many. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { Redis } from "ioredis";
import { Client } from "pg";
import { isThere, postgres, redis, restartRedis } from "../drivers/servers.mjs";

const worker = join(import.meta.dirname, "../../examples/fleet/dist/worker.js");
const PROCESSES = 4;
const REQUESTS = 100;
const LIMIT = 5;

const missing = isThere("redis-server") ? undefined : "redis-server is not installed";
if (missing !== undefined) console.log(`SKIPPED: the fleet, ${missing}`);

(missing === undefined ? describe : describe.skip)("a fleet of processes with one limit", () => {
  let admin, client, env;
  const workers = [];
  let most = 0;
  let said = "";
  const over = new AbortController();
  let watching;

  before(async () => {
    const [url, { host, port }] = await Promise.all([postgres(), redis()]);
    admin = new Client(url);
    await admin.connect();
    // A connection too many would not only be counted: the server refuses it, and the process tells so.
    await admin.query(`create role fleet login password 'fleet' connection limit ${LIMIT}`);
    const own = new URL(url);
    own.username = own.password = "fleet";
    client = new Redis({ host, port, maxRetriesPerRequest: null });
    env = {
      ...process.env,
      DATABASE_URL: own.href,
      REDIS_URL: `redis://${host}:${port}`,
      FLEET_LIMIT: String(LIMIT),
      LOCK_TIMEOUT_MS: "3000",
    };
    watching = watch();
  });
  after(async () => {
    over.abort();
    for (const { child } of workers) child.kill("SIGKILL");
    await watching;
    await admin?.end();
    client?.disconnect();
  });

  const connections = async () => {
    const { rows } = await admin.query("select count(*)::int as n from pg_stat_activity where usename = 'fleet'");
    return rows[0].n;
  };
  async function watch() {
    for (; !over.signal.aborted; await sleep(2)) most = Math.max(most, await connections());
  }
  const until = async (what, isSo) => {
    for (let tries = 0; !(await isSo()); tries++) {
      if (tries === 1500) throw new Error(`It did not come to this: ${what}`);
      await sleep(20);
    }
  };

  async function start() {
    const child = fork(worker, { env, stdio: ["ignore", "inherit", "pipe", "ipc"] });
    child.stderr.setEncoding("utf8").on("data", (text) => (said += text));
    const exited = once(child, "exit");
    const [{ port }] = await once(child, "message");
    return { child, exited, url: `http://127.0.0.1:${port}`, answers: [], failures: [] };
  }

  /** All its requests at once: they stand in line inside. */
  function ask(one) {
    const request = async () => {
      try {
        const response = await fetch(one.url);
        const text = await response.text();
        if (response.status === 200) one.answers.push(JSON.parse(text).pid);
        else one.failures.push(text);
      } catch (error) {
        one.failures.push(String(error.cause ?? error));
      }
    };
    return Promise.all(Array.from({ length: REQUESTS }, request));
  }

  it("never has more connections than the limit, whoever is killed and whatever Redis forgets", async () => {
    workers.push(...(await Promise.all(Array.from({ length: PROCESSES }, start))));
    const [greedy, ...others] = workers;
    const asked = [ask(greedy)];
    await until("one process has all connections", async () => (await connections()) === LIMIT);
    asked.push(...others.map(ask));
    await until("it has answered some", () => greedy.answers.length >= LIMIT);
    expect(
      others.flatMap(({ answers }) => answers),
      "answered without a permit",
    ).to.eql([]);

    // With all permits in its hands: the others get them once it has given no sign of life for long enough.
    greedy.child.kill("SIGKILL");
    const answered = () => others.reduce((sum, { answers }) => sum + answers.length, 0);
    await until("the others go on", () => answered() >= REQUESTS);
    await restartRedis();
    expect(await client.dbsize(), "Redis has forgotten all").to.be.below(2);

    await Promise.all(asked);
    expect(others.flatMap(({ failures }) => failures)).to.eql([]);
    expect(answered()).to.equal((PROCESSES - 1) * REQUESTS);
    expect(greedy.answers.length + greedy.failures.length).to.equal(REQUESTS);
    expect(most).to.equal(LIMIT);
    expect(said).not.to.match(/too many connections/);
  });

  it("leaves no permit and no connection behind", async () => {
    const [, ...others] = workers;
    for (const { child } of others) child.kill("SIGTERM");
    const ends = await Promise.all(others.map(({ exited }) => exited));
    expect(ends).to.eql(others.map(() => [0, null]));
    expect(await client.zrange("semaphore:orders-db", 0, -1)).to.eql([]);
    expect(await connections()).to.equal(0);
  });
});
