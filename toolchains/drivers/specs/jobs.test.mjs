import { Queue, Worker } from "bullmq";
import { expect } from "chai";
import { Redis } from "ioredis";
import nodemailer from "nodemailer";
import { pino } from "pino";
import { Piscina } from "piscina";
import { SMTPServer } from "smtp-server";
import { behaves } from "../harness.mjs";
import { redis } from "../servers.mjs";

let address;
const connection = () => new Redis({ ...address, maxRetriesPerRequest: null });
behaves("BullMQ: a queue, shared", {
  needs: "redis-server",
  scope: "shared",
  before: async () => (address = await redis()),
  make: () => new Queue("jobs", { connection: address }),
  end: (queue) => queue.close(),
  options: { shape: Queue },
  work: async (queue) => (await queue.add("one", { n: 1 })).data,
  worked: { n: 1 },
});
behaves("BullMQ, given the proxy of a connection", {
  needs: "redis-server",
  scope: "shared",
  before: async () => (address = await redis()),
  make: connection,
  end: (one) => one.quit(),
  options: { shape: Redis, defer: ["ping"] },
  work: (one) => one.ping(),
  worked: "PONG",
  library: async (one) => {
    const queue = new Queue("given", { connection: one });
    const done = new Promise((resolve) => {
      const worker = new Worker("given", async ({ data }) => data.n + 1, { connection: one });
      worker.on("completed", (_, result) => resolve({ worker, result }));
    });
    await queue.add("one", { n: 1 });
    const { worker, result } = await done;
    expect(result).to.equal(2);
    await worker.close();
    await queue.close();
  },
});

let sink;
const letters = [];
behaves("nodemailer, shared", {
  scope: "shared",
  before: async () => {
    sink = new SMTPServer({
      disabledCommands: ["AUTH", "STARTTLS"],
      onData: (stream, _session, done) => {
        let text = "";
        stream.on("data", (data) => (text += data)).on("end", () => (letters.push(text), done()));
      },
    });
    await new Promise((resolve) => sink.listen(0, "127.0.0.1", resolve));
  },
  after: () => new Promise((resolve) => sink.close(resolve)),
  make: () =>
    nodemailer.createTransport({ host: "127.0.0.1", port: sink.server.address().port, pool: true, secure: false }),
  end: (transport) => transport.close(),
  // Its class is not exported: an example has it.
  options: { shape: nodemailer.createTransport({}), defer: ["sendMail", "verify"] },
  work: async (transport) =>
    (await transport.sendMail({ from: "a@x.y", to: "b@x.y", subject: "s", text: "t" })).accepted,
  worked: ["b@x.y"],
  leave: (transport) => ({ over: transport.sendMail({ from: "a@x.y", to: "b@x.y", text: "left" }) }),
});

behaves("piscina, shared", {
  scope: "shared",
  make: () => new Piscina({ filename: new URL("../double.mjs", import.meta.url).href, maxThreads: 1 }),
  end: (piscina) => piscina.destroy(),
  options: { shape: Piscina, defer: ["run", "destroy"] },
  work: (piscina) => piscina.run(21, { name: "double" }),
  worked: 42,
  leave: (piscina) => ({ over: piscina.run(1, { name: "double" }) }),
});

const lines = [];
const root = pino({ base: null }, { write: (line) => lines.push(JSON.parse(line)) });
let children = 0;
behaves("pino, a child for each context", {
  scope: "per-async-context",
  isSync: true,
  make: () => root.child({ request: ++children }),
  end: () => {},
  options: { shape: root },
  work: async (log) => (log.info("said"), lines.at(-1).msg),
  worked: "said",
  identity: (log) => (log.info("who"), lines.at(-1).request),
  library: async (log) => {
    log.child({ part: "x" }).info("nested");
    expect(lines.at(-1)).to.include({ msg: "nested", part: "x", request: log.bindings().request });
  },
});
