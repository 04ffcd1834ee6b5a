/** The servers of one run: each is started when the first test asks for it, on loopback, in a folder of its own, and stopped by its pid. */
import { spawn, spawnSync } from "node:child_process";
import { chownSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort, startPostgres } from "../../dist/examples/postgres.js";

// Where Debian puts servers, which a user need not look for programs.
process.env.PATH += ":/usr/sbin";

const started = new Map();
const stops = [];
const restarts = new Map();

const once = (name, start) => {
  if (!started.has(name)) started.set(name, start());
  return started.get(name);
};

export const postgres = () =>
  once("postgres", async () => {
    const server = await startPostgres();
    stops.push(() => server.stop());
    return server.url;
  });

export const redis = () =>
  once("redis", async () => {
    const port = await freePort();
    const home = folder("redis");
    const flags = ["--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", home];
    restarts.set("redis", await run("redis-server", flags.map(String), home, port));
    return { host: "127.0.0.1", port };
  });

/** Ends Redis without notice and starts it again on its port, with nothing of what it knew. */
export const restartRedis = () => restarts.get("redis")();

/**
 * PgBouncer before `postgres()`: an address for each of its modes, `transaction` and `session`, and that of its own console. It
 * opens at most so many connections to the server for each. `version` is 118 for 1.18.
 */
export const pgbouncer = (poolSize) =>
  once("pgbouncer", async () => {
    const server = new URL(await postgres());
    const port = await freePort();
    const home = folder("pgbouncer");
    const target = `host=${server.hostname} port=${server.port} dbname=postgres pool_size=${poolSize}`;
    const config = `[databases]
transaction = ${target} pool_mode=transaction
session = ${target} pool_mode=session
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = trust
auth_file = ${join(home, "users.txt")}
admin_users = ${server.username}
`;
    writeFileSync(join(home, "pgbouncer.ini"), config);
    writeFileSync(join(home, "users.txt"), `"${server.username}" "${server.password}"\n`);
    const user = unprivilegedUser();
    if (user !== undefined)
      for (const path of [home, ...readdirSync(home)]) chownSync(resolve(home, path), user.uid, user.gid);
    await run("pgbouncer", [join(home, "pgbouncer.ini")], home, port, user);
    const url = (mode) => `postgres://${server.username}@127.0.0.1:${port}/${mode}`;
    const [, major, minor] = /(\d+)\.(\d+)/.exec(spawnSync("pgbouncer", ["--version"], { encoding: "utf8" }).stdout);
    const version = Number(major) * 100 + Number(minor);
    return { transaction: url("transaction"), session: url("session"), console: url("pgbouncer"), version };
  });

export const mariadb = () =>
  once("mariadb", async () => {
    const port = await freePort();
    const home = folder("mariadb");
    const data = join(home, "data");
    const user = process.getuid?.() === 0 ? ["--user=root"] : [];
    const install = spawnSync(
      "mariadb-install-db",
      ["--no-defaults", `--datadir=${data}`, "--skip-test-db", "--auth-root-authentication-method=normal", ...user],
      { encoding: "utf8" },
    );
    if (install.status !== 0) throw new Error(`mariadb-install-db failed: ${install.stdout}${install.stderr}`);
    const init = join(home, "init.sql");
    writeFileSync(
      init,
      "create database app;\ncreate user app@'127.0.0.1' identified by 'app';\ngrant all on *.* to app@'127.0.0.1';\n",
    );
    const flags = [
      "--bind-address=127.0.0.1",
      "--skip-name-resolve",
      `--socket=${join(home, "socket")}`,
      `--init-file=${init}`,
      ...user,
    ];
    await run("mariadbd", ["--no-defaults", `--datadir=${data}`, `--port=${port}`, ...flags], home, port);
    return { host: "127.0.0.1", port, user: "app", password: "app", database: "app" };
  });

/** Whether a program of the system is there; where it is not, tests say so and are skipped. CI installs them. */
export const isThere = (program) => spawnSync("which", [program]).status === 0;

/** What better-sqlite3 lacks, if anything: it has to be compiled for this Node (npm rebuild better-sqlite3). */
export async function sqliteFailure() {
  const { default: Database } = await import("better-sqlite3");
  try {
    new Database(":memory:").close();
    return undefined;
  } catch (error) {
    return `a build of better-sqlite3 (${error.message.split("\n")[0]})`;
  }
}

export async function stopAll() {
  for (const stop of stops.splice(0).toReversed()) await stop();
}

function folder(name) {
  const home = mkdtempSync(join(tmpdir(), `inversify-scopes-${name}-`));
  stops.push(() => rmSync(home, { recursive: true, force: true, maxRetries: 5 }));
  return home;
}

/**
 * Starts a server, and waits until it listens.
 *
 * @returns what ends it without notice, and starts it again
 */
async function run(program, args, cwd, port, user = {}) {
  let stop;
  const start = async () => {
    const child = spawn(program, args, { cwd, stdio: ["ignore", "pipe", "pipe"], ...user });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (said += text));
    const exited = new Promise((resolve) => child.once("exit", resolve).once("error", resolve));
    const kill = () => child.kill("SIGKILL");
    process.on("exit", kill);
    stop = async (signal) => {
      child.kill(signal);
      await exited;
      process.off("exit", kill);
    };
    for (let tries = 0; !(await listens(port)); tries++) {
      if (tries === 300 || child.exitCode !== null) throw new Error(`${program} does not listen:\n${said}`);
      await sleep(100);
    }
  };
  stops.push(() => stop("SIGTERM"));
  await start();
  return async () => {
    await stop("SIGKILL");
    await start();
  };
}

/** Some servers refuse to run as root. */
function unprivilegedUser() {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag) => Number(spawnSync("id", [flag, "nobody"], { encoding: "utf8" }).stdout);
  return { uid: id("-u"), gid: id("-g") };
}

const listens = (port) =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
