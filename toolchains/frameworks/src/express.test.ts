import "reflect-metadata";
import { createRequire } from "node:module";
import { Readable, type Writable } from "node:stream";
import { expect } from "chai";
import express, { type ErrorRequestHandler, type Express, type Request, type Response } from "express";
import { contextValue, currentContext } from "inversify-scopes";
import { inRequest, requestContext } from "inversify-scopes/http";
import multer from "multer";

import { eventually, gate, get, post, TestServer, whereIs } from "./server.js";

/** What multer reads with. It comes without types. */
const newBusboy = createRequire(createRequire(import.meta.url).resolve("multer"))("busboy") as (options: {
  headers: object;
}) => Writable;

const PACKETS = [
  ["in the packet of its head", (head: string, body: string) => [head + body]],
  ["in later packets", (head: string, body: string) => [head, body.slice(0, 5), body.slice(5)]],
] as const;

const ways: Record<string, (app: Express) => Parameters<TestServer["start"]>[0]> = {
  "requestContext as the first middleware": (app) => app,
  "inRequest around the app": (app) => inRequest(app),
};

for (const [way, around] of Object.entries(ways)) {
  describe(`Express, ${way}`, () => {
    const server = TestServer.use();
    let app: Express;
    const create = (): Express => {
      app = express();
      // What it logs of errors is not ours.
      app.set("env", "test");
      if (around(app) === app) app.use(requestContext());
      return app;
    };
    beforeEach(create);
    const start = () => server.start(around(app));
    const send = async (packets: readonly string[]) => {
      const client = await start();
      for (const packet of packets) {
        await client.send(packet);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      return client;
    };

    for (const [how, packetsOf] of PACKETS) {
      it(`keeps the context over express.json(), with a body ${how}`, async () => {
        const { world } = server;
        const places = new Set<string>();
        app.use((_req, _res, next) => (places.add(whereIs(world)), next()));
        app.use(express.json(), express.text());
        app.post("/", async (req: Request<object, unknown, { a: number }>, res) => {
          places.add(whereIs(world));
          await world.connection.query();
          places.add(whereIs(world));
          res.on("finish", () => places.add(whereIs(world))).json(req.body);
        });
        const body = `{"a":1,"b":"${"x".repeat(50)}"}`;
        const head = post("/", body.length).replace("text/plain", "application/json");
        const client = await send(packetsOf(head, body));
        await client.receive(body);
        await world.expectAllEnded(1);
        expect(places.size).to.equal(1);
      });

      it(`keeps it over a body that is read by hand, ${how}`, async () => {
        const { world } = server;
        const places = new Set<string>();
        app.post("/", (req, res) => {
          req.on("data", () => places.add(whereIs(world)));
          req.on("end", () => (places.add(whereIs(world)), res.send("read")));
        });
        const client = await send(packetsOf(post("/", 10), "0123456789"));
        await client.receive("read");
        await world.expectAllEnded(1);
        expect(places.size).to.equal(1);
      });
    }

    it("keeps it over multer, with files in many packets", async () => {
      const { world } = server;
      const places = new Set<string>();
      const note = <F>(accept: F): F => (places.add(whereIs(world)), accept);
      const upload = multer({
        storage: multer.memoryStorage(),
        fileFilter: (_req, _file, accept) => note(accept)(null, true),
      });
      app.post("/", upload.single("file"), async (req, res) => {
        places.add(whereIs(world));
        res.send(`<${req.file?.size} ${await world.connection.query()}>`);
      });
      await start();
      const form = new FormData();
      form.set("file", new Blob([new Uint8Array(300_000)]), "file.bin");
      const response = await fetch(server.url("/"), { method: "POST", body: form });
      expect(await response.text()).to.equal("<300000 rows>");
      await world.expectAllEnded(1);
      expect(places.size).to.equal(1);
    });

    it("keeps it over busboy by hand, with files in many packets", async () => {
      const { world } = server;
      const places = new Set<string>();
      app.post("/", (req, res) => {
        const form = newBusboy({ headers: req.headers });
        form.on("file", (_name: string, file: Readable) => file.on("data", () => places.add(whereIs(world))).resume());
        form.on("close", () => (places.add(whereIs(world)), res.send("closed")));
        req.pipe(form);
      });
      await start();
      for (const size of [10, 300_000]) {
        const body = new FormData();
        body.set("file", new Blob([new Uint8Array(size)]), "file.bin");
        expect(await (await fetch(server.url("/"), { method: "POST", body })).text()).to.equal("closed");
      }
      await world.expectAllEnded(2);
      expect(places.size).to.equal(2);
    });

    it("ends it in every case of failure", async () => {
      const { world } = server;
      app.use((_req, _res, next) => (void world.here, next()));
      app.use(express.json());
      app.get("/throws", () => {
        throw new Error("own");
      });
      app.get("/rejects", async () => {
        await world.connection.query();
        throw new Error("own");
      });
      app.get("/next", (_req, _res, next) => next(new Error("own")));
      app.get("/late", async (_req, res) => {
        res.write("begun");
        await world.connection.query();
        throw new Error("own");
      });
      const answering: ErrorRequestHandler = (_error, _req, res, next) => {
        if (res.headersSent) next(new Error("again"));
        else res.status(500).send(`handled in ${world.here}`);
      };
      app.use(answering);
      await start();
      for (const path of ["/throws", "/rejects", "/next"]) {
        const response = await fetch(server.url(path));
        expect(await response.text()).to.equal(`handled in GET ${path}`);
      }
      const late = await fetch(server.url("/late"));
      expect(await late.text().catch(() => "cut")).to.equal("cut");
      const malformed = await fetch(server.url("/"), {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: "{",
      });
      expect(await malformed.text()).to.equal("handled in POST /");
      expect((await fetch(server.url("/nowhere"))).status).to.equal(404);
      await world.expectAllEnded(6);
    });

    it("leaves next alone, also where it is called twice", async () => {
      const { world } = server;
      app.use((_req, _res, next) => (next(), next()));
      app.use((_req, res) => void res.send(world.here));
      await start();
      expect(await (await fetch(server.url("/"))).text()).to.equal("GET /");
      await world.expectAllEnded(1);
    });

    it("waits for a handler whose client has left, which fails to commit or does", async () => {
      const { world } = server;
      const work = gate();
      const done: unknown[] = [];
      app.get("/", async (_req, res) => {
        await world.connection.query(world.here);
        done.push("begun");
        await work.promise;
        done.push(await world.connection.query("commit"), currentContext()!.signal.aborted, world.ended.length);
        res.send("too late");
      });
      const client = await send([get("/")]);
      await eventually("begun", () => done.length === 1);
      client.leave();
      await new Promise((resolve) => setTimeout(resolve, 30));
      work.open();
      await world.expectAllEnded(1);
      expect(done).to.eql(["begun", "commit", true, 0]);
    });

    it("ends it when the client leaves during the upload: the parser's error is answered in it", async () => {
      const { world } = server;
      const places: string[] = [];
      app.use((_req, _res, next) => (void world.here, next()));
      app.use(express.text());
      const answering: ErrorRequestHandler = (error: { type: string }, _req, res, _next) => {
        places.push(`${error.type} in ${world.here}`);
        res.status(400).end();
      };
      app.use(answering);
      const client = await send([post("/", 10), "01234"]);
      client.leave();
      await world.expectAllEnded(1);
      expect(places).to.eql(["request.aborted in POST /"]);
    });

    it("ends it when the client leaves during a streamed answer", async () => {
      const { world } = server;
      const rows = async function* (): AsyncGenerator<string> {
        for (;;) yield await world.connection.query(`${world.here}\n`);
      };
      app.get("/", (_req, res: Response) => void Readable.from(rows()).pipe(res));
      const client = await send([get("/")]);
      await client.receive("GET /");
      client.leave();
      await world.expectAllEnded(1);
    });

    it("gives pipelined requests one each", async () => {
      const { world } = server;
      app.get("/:n", async (_req, res) => void res.send(`<${await world.connection.query(world.here)}>`));
      const client = await send([Array.from({ length: 20 }, (_, n) => get(`/${n}`)).join("")]);
      await client.receive("<GET /19>");
      await world.expectAllEnded(20);
    });

    it("a hundred requests at once: nobody meets an instance in use", async () => {
      const { world } = server;
      app.use(express.json());
      app.post("/:n", async (req, res) => {
        await world.connection.query();
        res.send(`${await world.connection.query(whereIs(world))} ${req.params.n}`);
      });
      await start();
      const answers = await Promise.all(
        Array.from({ length: 100 }, async (_, n) => {
          const response = await fetch(server.url(`/${n}`), {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: JSON.stringify({ n }),
          });
          return response.text();
        }),
      );
      expect(answers.every((text, n) => text.startsWith(`POST /${n}#`) && text.endsWith(` ${n}`))).to.equal(true);
      await world.expectAllEnded(100);
    });
  });
}

describe("requestContext in Express", () => {
  const server = TestServer.use();

  it("types its options by the place where it stands, and gives values of the request", async () => {
    const { world } = server;
    world.container.bind<Request>("request").toContextValue({ shape: Object });
    const request = world.container.get<Request>("request");
    const app = express();
    app.use(
      requestContext<Request, Response>({ values: (req) => [contextValue(request, req)], needs: [world.connection] }),
    );
    app.get("/users/:id", (_req, res) => void res.send(`${request.path} ${world.here}`));
    await server.start(app);
    expect(await (await fetch(server.url("/users/7?x=1"))).text()).to.equal("/users/7 GET /users/7");
    await world.expectAllEnded(1);
  });

  it("in one route, or under a mount, has the name of the route, or the whole path", async () => {
    const { world } = server;
    const app = express();
    app.get("/users/:id", requestContext(), (_req, res) => void res.send(world.here));
    const router = express.Router();
    router.use(requestContext());
    router.get("/:id", (_req, res) => void res.send(world.here));
    app.use("/orders", router);
    await server.start(app);
    expect(await (await fetch(server.url("/users/7"))).text()).to.equal("GET /users/:id");
    expect(await (await fetch(server.url("/orders/7?x=1"))).text()).to.equal("GET /orders/7");
    await world.expectAllEnded(2);
  });

  it("that was not called is refused, and Express says so", async () => {
    const app = express();
    app.set("env", "test");
    app.use(requestContext as never);
    await server.start(app);
    expect((await fetch(server.url("/"))).status).to.equal(500);
  });
});
