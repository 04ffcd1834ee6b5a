/** The servers of one run: each is started when the first test asks for it, on loopback, in a folder of its own, and stopped by its pid. */
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startPostgres } from "../../dist/examples/postgres.js";

// Where Debian puts servers, which a user need not look for programs.
process.env.PATH += ":/usr/sbin";

const started = new Map();
const stops = [];

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
    await run("redis-server", flags.map(String), home, port);
    return { host: "127.0.0.1", port };
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

async function run(program, args, cwd, port) {
  const child = spawn(program, args, { cwd, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (said += text));
  const exited = new Promise((resolve) => child.once("exit", resolve).once("error", resolve));
  const kill = () => child.kill("SIGKILL");
  process.on("exit", kill);
  stops.push(async () => {
    child.kill("SIGTERM");
    await exited;
    process.off("exit", kill);
  });
  for (let tries = 0; !(await listens(port)); tries++) {
    if (tries === 300 || child.exitCode !== null) throw new Error(`${program} does not listen:\n${said}`);
    await sleep(100);
  }
}

const listens = (port) =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
