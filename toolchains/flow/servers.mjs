/** Servers that the rows need, started on 127.0.0.1 or on a socket file; what is not installed is left out, and said. */
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";

const folder = mkdtempSync(join(tmpdir(), "flow-"));
const stops = [];

export async function startServers() {
  const servers = {};
  for (const [name, start] of Object.entries({ redis, postgres, mariadb })) {
    try {
      servers[name] = await start();
    } catch (error) {
      console.error(`${name}: left out (${error.message.split("\n", 1)[0]})`);
    }
  }
  return servers;
}

export async function stopServers() {
  for (const stop of stops) await stop();
  rmSync(folder, { recursive: true, force: true });
}

async function redis() {
  const port = await freePort();
  child("redis-server", ["--port", `${port}`, "--bind", "127.0.0.1", "--save", "", "--dir", folder]);
  await answers({ port, host: "127.0.0.1" });
  return { host: "127.0.0.1", port };
}

async function postgres() {
  const { startPostgres } = await import("../../dist/examples/postgres.js");
  const { url, stop } = await startPostgres();
  stops.push(stop);
  return { connectionString: url };
}

async function mariadb() {
  const datadir = join(folder, "mariadb");
  const socketPath = join(folder, "mariadb.sock");
  const how = [`--datadir=${datadir}`, `--user=${userInfo().username}`];
  if (!existsSync("/usr/sbin/mariadbd")) throw new Error("mariadb-server is not installed");
  execFileSync("mariadb-install-db", [...how, "--auth-root-authentication-method=normal", "--skip-test-db"], {
    stdio: "ignore",
  });
  child("/usr/sbin/mariadbd", ["--no-defaults", ...how, "--skip-networking", `--socket=${socketPath}`]);
  await answers({ path: socketPath });
  return { socketPath, user: "root" };
}

function child(command, args) {
  const server = spawn(command, args, { stdio: "ignore" });
  let failure;
  server.on("error", (error) => (failure = error));
  stops.push(
    () =>
      new Promise((resolve) => {
        if (failure !== undefined || server.exitCode !== null) return resolve();
        server.on("exit", resolve);
        server.kill();
      }),
  );
}

async function answers(where) {
  for (let i = 0; i < 100; i++) {
    const ok = await new Promise((resolve) => {
      const socket = connect(where);
      socket.on("connect", () => (socket.destroy(), resolve(true)));
      socket.on("error", () => resolve(false));
    });
    if (ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("the server does not answer");
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
