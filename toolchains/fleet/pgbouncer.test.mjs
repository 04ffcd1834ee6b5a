/**
 * What a session of PostgreSQL has, and what is left of it behind PgBouncer: measured, and compared with the table of docs/fleet.md.
 */
import "reflect-metadata";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { runInContext, ScopedContainer } from "inversify-scopes";
import { sqlTransactions, transactional } from "inversify-scopes/transactions";
import { Client } from "pg";
import { isThere, pgbouncer, postgres } from "../drivers/servers.mjs";

const missing = isThere("pgbouncer") ? undefined : "pgbouncer is not installed";
if (missing !== undefined) console.log(`SKIPPED: PgBouncer, ${missing}`);

const WORKS = "works";
const LIMIT = 4;
const page = readFileSync(join(import.meta.dirname, "../../docs/fleet.md"), "utf8");
const [, table] = /<!-- pgbouncer: begin -->\n([\s\S]*?)<!-- pgbouncer: end -->/.exec(page);
const documented = new Map(
  table
    .trim()
    .split("\n")
    .slice(2)
    .map((line) => line.split("|").map((cell) => cell.trim()))
    .map(([, what, transaction, session]) => [what, { transaction, session }]),
);

/** Each with a client, and another one that comes between: it begins a transaction on the connection that was used last. */
const PROGRAMS = {
  "a transaction": async ({ one, between }) => {
    await one.query("begin");
    const before = await backend(one);
    await between();
    const same = (await backend(one)) === before;
    await one.query("commit");
    return same ? WORKS : "moves to another connection";
  },
  "a statement with parameters": async ({ one, between }) => {
    await one.query("select $1::int", [1]);
    await between();
    const { rows } = await one.query("select $1::int as n", [2]);
    return rows[0].n === 2 ? WORKS : "has others' parameters";
  },
  "a named statement (`pg`'s `name`)": async ({ one, between }) => {
    const named = { name: "twice", text: "select $1::int * 2 as n" };
    await one.query(named, [1]);
    await between();
    await one.query(named, [2]);
    return WORKS;
  },
  "`SET`": async ({ one, other, between }) => {
    await one.query("set statement_timeout = '4321ms'");
    const seen = await between(() => setting(other));
    return (await setting(one)) === "4321ms" && seen !== "4321ms" ? WORKS : "holds for others, and not for you";
  },
  "`SET LOCAL` in a transaction": async ({ one, other, between }) => {
    await one.query("begin");
    await one.query("set local statement_timeout = '4321ms'");
    const seen = await between(() => setting(other));
    const own = await setting(one);
    await one.query("commit");
    return own === "4321ms" && seen !== "4321ms" ? WORKS : "is lost";
  },
  "`pg_advisory_lock`": async ({ one, other, between }) => {
    await one.query("select pg_advisory_lock(1)");
    const both = await between(() => locks(other, "pg_try_advisory_lock(1)"));
    const freed = await locks(one, "pg_advisory_unlock(1)");
    return !both && freed ? WORKS : "two hold it, and you cannot unlock it";
  },
  "`pg_advisory_xact_lock`": async ({ one, other, between }) => {
    await one.query("begin");
    await one.query("select pg_advisory_xact_lock(2)");
    const both = await between(() => locks(other, "pg_try_advisory_xact_lock(2)"));
    await one.query("commit");
    return both ? "two hold it" : WORKS;
  },
  "`LISTEN`": async ({ one, other, direct, between }) => {
    const heard = { one: 0, other: 0 };
    one.on("notification", () => heard.one++);
    other.on("notification", () => heard.other++);
    await one.query("listen news");
    await between();
    await direct.query("notify news");
    await one.query("select 1");
    await other.query("commit"); // what has come is told between transactions
    await Promise.all([one.query("select 1"), other.query("select 1")]);
    if (heard.other > 0) return "another client hears it";
    return heard.one > 0 ? WORKS : "hears nothing";
  },
  "`NOTIFY`": async ({ one, direct }) => {
    const heard = new Promise((resolve) => direct.once("notification", ({ payload }) => resolve(payload)));
    await direct.query("listen letters");
    await one.query("notify letters, 'yes'");
    return (await heard) === "yes" ? WORKS : "is lost";
  },
  "a temporary table": async ({ one, between }) => {
    await one.query("create temporary table sheets (n int)");
    await between();
    await one.query("select * from sheets");
    return WORKS;
  },
  "a temporary table `ON COMMIT DROP` in a transaction": async ({ one, between }) => {
    await one.query("begin");
    await one.query("create temporary table notes (n int) on commit drop");
    await between();
    await one.query("select * from notes");
    await one.query("commit");
    return WORKS;
  },
  "a cursor `WITH HOLD`": async ({ one, between }) => {
    await one.query("declare held cursor with hold for select 1");
    await between();
    await one.query("fetch all from held");
    return WORKS;
  },
  "a cursor in a transaction": async ({ one, between }) => {
    await one.query("begin");
    await one.query("declare mine cursor for select 1");
    await between();
    await one.query("fetch all from mine");
    await one.query("commit");
    return WORKS;
  },
  "`DISCARD ALL` in `onRelease`": async ({ one, other, between }) => {
    await one.query("set statement_timeout = '4321ms'");
    await between(() => one.query("discard all"));
    const isLeft = [await setting(one), await setting(other)].includes("4321ms");
    return isLeft ? "cleans another connection than you used" : WORKS;
  },
  "`statement_timeout`, `options` among `pg`'s connection options": async ({ connect }) => {
    await connect({ statement_timeout: 1000 });
    return WORKS;
  },
  "`application_name` there": async ({ connect, direct }) => {
    const client = await connect({ application_name: "orders" });
    await client.query("begin");
    const { rows } = await direct.query("select from pg_stat_activity where application_name = 'orders'");
    await client.query("commit");
    return rows.length === 1 ? WORKS : "is lost";
  },
  "`transactional`": async ({ url, direct }) => {
    await direct.query("create table if not exists posts (n int)");
    await direct.query("truncate posts");
    const container = containerAt(url, 2);
    const db = container.get("db");
    const post = (n) =>
      runInContext(() =>
        transactional(db, async () => {
          await db.query("insert into posts values ($1)", [n]);
          if (n === 2) throw new Error("no");
        }),
      ).catch(({ message }) => message);
    const ends = await Promise.all([1, 2, 3].map(post));
    await container.unbindAllAsync();
    const { rows } = await direct.query("select n from posts order by n");
    return String(ends) === ",no," && rows.map(({ n }) => n).join() === "1,3" ? WORKS : "does not";
  },
};

const backend = async (client) => (await client.query("select pg_backend_pid() as pid")).rows[0].pid;
const setting = async (client) => (await client.query("show statement_timeout")).rows[0].statement_timeout;
const locks = async (client, call) => (await client.query(`select ${call} as is_so`)).rows[0].is_so;

function containerAt(url, maxSize) {
  const container = new ScopedContainer();
  const connect = async () => {
    const client = new Client(url);
    await client.connect();
    return client;
  };
  container
    .bind("db")
    .toDynamicValue(connect)
    .inPooledScope({
      maxSize,
      shape: Client,
      defer: ["query"],
      destroy: (client) => client.end(),
      transactions: sqlTransactions((client, sql) => client.query(sql)),
    });
  return container;
}

(missing === undefined ? describe : describe.skip)("PgBouncer", () => {
  let urls, direct, console;
  const clients = [];
  const connect = async (options) => {
    const client = new Client(options);
    client.on("error", () => {});
    await client.connect();
    clients.push(client);
    return client;
  };

  before(async () => {
    urls = await pgbouncer(LIMIT);
    [direct, console] = [new Client(await postgres()), new Client(urls.console)];
    await Promise.all([direct.connect(), console.connect()]);
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.end();
    await direct.query("unlisten *");
    await console.query("reconnect"); // with nothing left in its connections for the next program
  });
  after(() => Promise.all([direct?.end(), console?.end()]));

  it("is documented for each of these", () => {
    expect([...documented.keys()]).to.eql(Object.keys(PROGRAMS));
  });

  for (const mode of ["transaction", "session"]) {
    for (const [what, program] of Object.entries(PROGRAMS)) {
      it(`${mode} mode: ${what}`, async () => {
        const connectionString = urls[mode];
        const [one, other] = [await connect(connectionString), await connect(connectionString)];
        const between = async (fn) => {
          await other.query("begin");
          await other.query("select 1");
          return fn?.();
        };
        const more = (options) => connect({ connectionString, ...options });
        const use = { one, other, between, direct, connect: more, url: connectionString };
        const seen = await program(use).catch(({ code, message }) => `fails: ${code ?? message}`);
        expect(seen).to.equal(urls.version >= 121 && what.startsWith("a named") ? WORKS : documented.get(what)[mode]);
      });
    }
  }

  it("keeps the limit for all processes, however many connections their pools have", async () => {
    const processes = [1, 2, 3].map(() => containerAt(urls.transaction, 10));
    const pids = await Promise.all(
      processes.flatMap((container) =>
        Array.from({ length: 30 }, () =>
          runInContext(async () => {
            const { rows } = await container.get("db").query("select pg_backend_pid() as pid, pg_sleep(0.01)");
            return rows[0].pid;
          }),
        ),
      ),
    );
    expect(pids).to.have.length(90);
    expect(new Set(pids).size).to.be.at.most(LIMIT);
    await Promise.all(processes.map((container) => container.unbindAllAsync()));
  });
});
