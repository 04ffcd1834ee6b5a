/** A MariaDB of our own in a temporary folder, reached by a socket file. */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const PATH = `${process.env.PATH}:/usr/sbin`;

/** Why there is none; nothing if there is. */
export function missingMariaDb() {
  const { error } = spawnSync("mariadbd", ["--version"], { env: { ...process.env, PATH } });
  return error === undefined ? undefined : "MariaDB is not installed (Debian: apt-get install mariadb-server)";
}

export async function startMariaDb() {
  const folder = mkdtempSync(join(os.tmpdir(), "mariadb-"));
  const socket = join(folder, "s");
  const user = os.userInfo().username;
  const env = { ...process.env, PATH };
  const common = ["--no-defaults", `--datadir=${folder}/data`, `--user=${user}`];
  const made = spawnSync(
    "mariadb-install-db",
    [...common, "--auth-root-authentication-method=normal", "--skip-test-db"],
    { env, encoding: "utf8" },
  );
  if (made.status !== 0) throw new Error(`mariadb-install-db failed: ${made.stdout}${made.stderr}`);
  const server = spawn("mariadbd", [...common, `--socket=${socket}`, "--skip-networking", `--pid-file=${folder}/pid`], {
    env,
    stdio: "ignore",
  });
  const ended = new Promise((resolve) => server.once("exit", resolve));
  // Also if a test fails before it has got hold of the server.
  const kill = () => server.kill();
  process.once("exit", kill);
  const { createConnection } = await import("mysql2/promise");
  for (let tries = 0; ; tries++) {
    try {
      if (existsSync(socket)) {
        const root = await createConnection({ socketPath: socket, user: "root" });
        await root.query("CREATE DATABASE test");
        await root.end();
        break;
      }
    } catch (error) {
      if (tries > 200) throw error;
    }
    if (tries > 400) throw new Error("mariadbd did not start");
    await sleep(50);
  }
  return {
    socket,
    user: "root",
    async stop() {
      process.off("exit", kill);
      kill();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
