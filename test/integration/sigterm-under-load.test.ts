import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { Agent, get, type IncomingMessage } from "node:http";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { expect } from "chai";

const GRACE_MS = 10_000;

/** A service on node:http that tells of each request that begins; it stops as the guide says. */
const SERVICE = `
  import "reflect-metadata";
  import { createServer } from "node:http";
  import { setTimeout as sleep } from "node:timers/promises";
  import { ScopedContainer } from "inversify-scopes";
  import { inRequest, stopServer } from "inversify-scopes/http";

  class Db {
    async query() { await sleep(5); return "rows"; }
    async end() { await sleep(5); console.log("closed"); }
  }
  const container = new ScopedContainer();
  container.bind(Db).toDynamicValue(async () => new Db()).inPooledScope({ maxSize: 4, destroy: (db) => db.end() });
  const db = container.get(Db);
  const server = createServer(inRequest(async (request, response) => {
    const id = request.url.slice(1);
    console.log("begun", id);
    await sleep((id % 7) * 5);
    await db.query();
    response.end(id);
  }, { onError: (error, { url }) => console.log("failed", url, error.code) }));
  process.once("SIGTERM", () => void stopServer(server, container, { graceMs: ${GRACE_MS} }).then(() => console.log("stopped")));
  server.listen(0, "127.0.0.1", () => console.log("port", server.address().port));
`;

/** What the service printed, by the first word of each line. */
class Service {
  readonly #said = new Map<string, string[]>();
  readonly child: ChildProcess;
  readonly errors: Promise<string>;
  readonly #lines: Promise<unknown>;

  constructor() {
    const child = spawn(process.execPath, ["--input-type=module", "--eval", SERVICE], {
      env: { ...process.env, NODE_OPTIONS: "", NODE_V8_COVERAGE: "" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child = child;
    this.errors = text(child.stderr);
    const lines = createInterface(child.stdout);
    lines.on("line", (line) => {
      const [word = "", rest = ""] = line.split(" ");
      this.#said.set(word, [...this.said(word), rest]);
    });
    this.#lines = once(lines, "close");
  }

  said(word: string): readonly string[] {
    return this.#said.get(word) ?? [];
  }

  /** Stops it, and kills it if it has not stopped in time. */
  async stop(): Promise<unknown> {
    const late = setTimeout(() => this.child.kill("SIGKILL"), GRACE_MS);
    this.child.kill("SIGTERM");
    const [code, signal] = (await once(this.child, "exit")) as unknown[];
    clearTimeout(late);
    await this.#lines;
    return code ?? signal;
  }
}

interface Seen {
  readonly answered: Set<string>;
  readonly refused: Set<string>;
  readonly failed: Set<string>;
}

async function ask(port: string, id: string, agent: Agent, seen: Seen): Promise<boolean> {
  try {
    const request = get({ host: "127.0.0.1", port, path: `/${id}`, agent });
    const [response] = (await once(request, "response")) as [IncomingMessage];
    const body = await text(response);
    if (response.statusCode === 200) expect(body).to.equal(id);
    (response.statusCode === 200 ? seen.answered : seen.refused).add(id);
    return response.statusCode === 200;
  } catch {
    seen.failed.add(id);
    return false;
  }
}

describe("SIGTERM under load, with clients that keep their connections", function () {
  this.timeout(60_000);

  it("every request that had begun is answered, and the process exits by itself in time", async () => {
    const service = new Service();
    while (service.said("port").length === 0) await once(service.child.stdout!, "data");
    const port = service.said("port")[0]!;
    const agent = new Agent({ keepAlive: true, maxSockets: 16 });
    const seen: Seen = { answered: new Set(), refused: new Set(), failed: new Set() };
    let asked = 0;
    let hadEnough!: () => void;
    const enough = new Promise<void>((resolve) => (hadEnough = resolve));
    const clients = Array.from({ length: 16 }, async () => {
      while (await ask(port, String(asked++), agent, seen)) if (seen.answered.size === 200) hadEnough();
    });
    await enough;
    const exit = await service.stop();
    await Promise.all(clients);
    agent.destroy();

    expect({ exit, errors: await service.errors }).to.eql({ exit: 0, errors: "" });
    const begun = service.said("begun");
    expect(begun.filter((id) => !seen.answered.has(id))).to.eql([]);
    expect([...seen.refused].filter((id) => begun.includes(id))).to.eql([]);
    expect(service.said("failed")).to.eql([]);
    expect(seen.answered.size, "some were under way").to.be.greaterThan(200);
    expect(service.said("closed"), "connections").to.have.length(4);
    expect(service.said("stopped")).to.have.length(1);
  });
});
