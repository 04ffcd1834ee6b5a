import "reflect-metadata";
import { once } from "node:events";
import { request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { expect } from "chai";
import fastify, { type FastifyInstance } from "fastify";
import { inject, injectable } from "inversify";
import { currentContext, poolOf, runInContext, ScopedContainer, unwrap } from "inversify-scopes";

import { gate, turn } from "../support/gate.js";
import { requestContexts } from "../support/request-contexts.js";
import { unhandledDuring } from "../support/warnings.js";

class CurrentUser {
  static made = 0;
  name = "nobody";
  constructor() {
    CurrentUser.made++;
  }
}

class Db {
  async *rows(count: number): AsyncGenerator<string> {
    for (let i = 0; i < count; i++) {
      await turn();
      yield `row ${i}\n`;
    }
  }
  async query(): Promise<string> {
    return "rows";
  }
}

@injectable()
class Greeter {
  static made = 0;
  constructor(
    @inject(CurrentUser) readonly user: CurrentUser,
    @inject(Db) readonly db: Db,
  ) {
    Greeter.made++;
  }
  async greet(): Promise<string> {
    await this.db.query();
    return `hello ${this.user.name}`;
  }
}

describe("scenarios: requests", () => {
  let container: ScopedContainer;
  let app: FastifyInstance;
  let ended: string[];
  let greeter: Greeter;

  beforeEach(() => {
    ended = [];
    CurrentUser.made = Greeter.made = 0;
    container = new ScopedContainer();
    container
      .bind(CurrentUser)
      .toSelf()
      .inPerAsyncContextScope({ destroy: ({ name }) => void ended.push(name) });
    container.bind(Db).toSelf().inPooledScope(1);
    container.bind(Greeter).toSelf().inSingletonScope();
    greeter = container.get(Greeter);
    app = fastify();
  });
  afterEach(async () => {
    await app.close();
    await container.unbindAllAsync();
  });

  const signIn = (): void => {
    app.addHook("preHandler", async (request) => {
      greeter.user.name = String(request.headers["x-user"]);
    });
  };
  const listen = async (): Promise<number> => {
    await app.listen({ port: 0, host: "127.0.0.1" });
    return (app.server.address() as AddressInfo).port;
  };
  /** The end comes with the close of the connection, which nobody awaits. */
  const untilEnded = async (count: number): Promise<void> => {
    while (ended.length < count) await turn();
  };

  it("a singleton is injected the current request's object; neither it nor what is above it is made again (S1, S49)", async () => {
    requestContexts(app);
    signIn();
    app.get("/", () => greeter.greet());
    const users = ["ann", "bob", "eve"];
    const answers = await Promise.all(users.map((user) => app.inject({ url: "/", headers: { "x-user": user } })));
    expect(answers.map(({ body }) => body)).to.eql(["hello ann", "hello bob", "hello eve"]);
    expect([CurrentUser.made, Greeter.made]).to.eql([3, 1]);
    await untilEnded(3);
    expect(ended.toSorted()).to.eql(users);
  });

  it("the context that was opened before the body was read is current in the handler (S20)", async () => {
    requestContexts(app);
    app.post("/", async (request) => ({
      context: currentContext()?.name,
      size: (request.body as { text: string }).text.length,
      user: greeter.user.name,
    }));
    const port = await listen();
    const answers = await Promise.all(
      [1, 2, 3].map(async (n) => {
        const response = await fetch(`http://127.0.0.1:${port}/?${n}`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ text: "x".repeat(100_000) }),
        });
        return response.json();
      }),
    );
    expect(answers).to.eql([1, 2, 3].map((n) => ({ context: `POST /?${n}`, size: 100_000, user: "nobody" })));
  });

  it("a second adapter uses the context that the first has opened (S25)", async () => {
    requestContexts(app, { name: "middleware" });
    signIn();
    app.get("/", () =>
      runInContext({ name: "guard", nested: "reuse" }, async () => [currentContext()?.name, greeter.user.name]),
    );
    const { body } = await app.inject({ url: "/", headers: { "x-user": "ann" } });
    expect(JSON.parse(body)).to.eql(["middleware", "ann"]);
    await untilEnded(1);
    expect([CurrentUser.made, ended.length]).to.eql([1, 1]);
  });

  it("the client leaves in the midst: the context ends once, its wait is given up, its lease comes back (S38)", async () => {
    requestContexts(app);
    signIn();
    const began = gate();
    let failure: unknown;
    app.get("/", async () => {
      began.open();
      await once(currentContext()!.signal, "abort");
      await greeter.db.query().catch((error: unknown) => (failure = error));
      return "nobody reads this";
    });
    const port = await listen();
    const held = await runInContext(async () => unwrap(greeter.db)); // the pool has made its instance
    expect(held).to.be.instanceOf(Db);
    const client = httpRequest({ port, headers: { "x-user": "ann" }, agent: false });
    client.on("error", () => {});
    client.end();
    await began.promise;
    client.destroy();
    await untilEnded(1);
    await turn();
    expect(ended).to.eql(["ann"]);
    expect((failure as { code?: string }).code).to.equal("CONTEXT_ENDED");
    expect(poolOf(greeter.db).stats()).to.include({ leased: 0, waiting: 0 });
  });

  it("an early reply, before the context was opened, or right after: nothing throws, and what was opened ends (S39)", async () => {
    app.addHook("onRequest", async (request, reply) => {
      if (request.headers["x-user"] === undefined) await reply.code(401).send("before");
    });
    requestContexts(app);
    app.addHook("onRequest", async (request, reply) => {
      greeter.user.name = String(request.headers["x-user"]);
      if (request.headers["x-user"] === "mallory") await reply.code(403).send("after");
    });
    app.get("/", () => greeter.greet());
    const errors = await unhandledDuring(async () => {
      const early = await app.inject({ url: "/" });
      expect([early.statusCode, early.body, CurrentUser.made]).to.eql([401, "before", 0]);
      const refused = await app.inject({ url: "/", headers: { "x-user": "mallory" } });
      expect([refused.statusCode, refused.body]).to.eql([403, "after"]);
      await untilEnded(1);
      expect(ended).to.eql(["mallory"]);
      expect((await app.inject({ url: "/", headers: { "x-user": "ann" } })).body).to.equal("hello ann");
      await untilEnded(2);
    });
    expect(errors).to.eql([]);
  });

  it("a streaming answer keeps the context, and its lease, until the stream is through (S40)", async () => {
    requestContexts(app);
    signIn();
    const leased: number[] = [];
    app.get("/", async (_request, reply) => {
      async function* body(): AsyncGenerator<string> {
        for await (const row of greeter.db.rows(3)) {
          leased.push(poolOf(greeter.db).stats().leased);
          yield `${greeter.user.name}: ${row}`;
        }
      }
      return reply.send(Readable.from(body()));
    });
    const port = await listen();
    const response = await fetch(`http://127.0.0.1:${port}/`, { headers: { "x-user": "ann" } });
    expect(await response.text()).to.equal("ann: row 0\nann: row 1\nann: row 2\n");
    expect(leased).to.eql([1, 1, 1]);
    await untilEnded(1);
    expect(poolOf(greeter.db).stats().leased).to.equal(0);
  });
});
