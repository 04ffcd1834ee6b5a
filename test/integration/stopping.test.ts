import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { fileURLToPath } from "node:url";

import { expect } from "chai";
import { Client } from "pg";

import { SCHEMA } from "../../examples/service/schema.js";
import { sharedPostgres } from "../support/postgres.js";

const program = fileURLToPath(new URL("../../examples/start.js", import.meta.url));

/** For so long those who send SIGTERM wait, before they kill. */
const PATIENCE_MS = 10_000;

/** What `npm start` starts. */
async function started(): Promise<{ child: ChildProcess; port: number }> {
  const { url } = await sharedPostgres();
  const child = spawn(process.execPath, [program], {
    env: { ...process.env, DATABASE_URL: url, NODE_OPTIONS: "", NODE_V8_COVERAGE: "" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let printed = "";
  const port = new Promise<number>((resolve, reject) => {
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
      const found = /listens on http:\/\/127\.0\.0\.1:(\d+)[^]*Ctrl-C/.exec(printed)?.[1];
      if (found !== undefined) resolve(Number(found));
    });
    child.once("exit", () => reject(new Error(`It did not start: ${printed}`)));
  });
  return { child, port: await port };
}

async function client(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}

const get = (path: string): string =>
  `GET ${path} HTTP/1.1\r\nhost: x\r\nx-user: ann\r\nconnection: keep-alive\r\n\r\n`;

/** So many orders that a client who reads none of them holds up what sends them. */
async function manyOrders(): Promise<void> {
  const { url } = await sharedPostgres();
  const admin = new Client({ connectionString: url, options: `-c search_path=${SCHEMA}` });
  await admin.connect();
  await admin.query(`INSERT INTO orders (request, buyer, backend_pid, item, quantity)
    SELECT 'r', 'ann', 1, repeat('x', 1000), n FROM generate_series(1, 20000) AS n`);
  await admin.end();
}

/** What clients do to a service that is to stop. */
const clients: Record<string, (port: number) => Promise<Socket>> = {
  "a connection that is kept, after an answer": async (port) => {
    const socket = await client(port);
    socket.write(get("/orders"));
    await once(socket, "data");
    return socket;
  },
  "a connection on which nothing was asked": client,
  "half a request": async (port) => {
    const socket = await client(port);
    socket.write("POST /orders HTTP/1.1\r\nhost: x\r\nx-user: ann\r\ncontent-length: 1000\r\ncontent-type: applic");
    return socket;
  },
  "a request without its body": async (port) => {
    const socket = await client(port);
    socket.write(
      'POST /orders HTTP/1.1\r\nhost: x\r\nx-user: ann\r\ncontent-length: 1000\r\ncontent-type: application/json\r\n\r\n{"item"',
    );
    return socket;
  },
  "rows that nobody reads": async (port) => {
    const socket = await client(port);
    socket.write(get("/orders/export"));
    await once(socket, "readable");
    return socket;
  },
};

describe("npm start, and SIGTERM", function () {
  this.timeout(30_000);

  it("ends in time, whatever clients do: with code 0, and all connections closed", async () => {
    const { child, port } = await started();
    await manyOrders();
    const sockets = await Promise.all(Object.values(clients).map((begin) => begin(port)));
    const late = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
    child.kill("SIGTERM");
    const [code, signal] = (await once(child, "exit")) as [number | null, string | null];
    clearTimeout(late);
    expect({ code, signal }).to.eql({ code: 0, signal: null });
    // What was sent meanwhile has still to be read.
    for (const socket of sockets) if (!socket.closed) await once(socket.resume(), "close");
  });
});
