/**
 * A request over a real socket with a user of its own and a pooled connection whose server answers at once, by the adapters of
 * `inversify-scopes/http`, by hand, and by what teams use today. The clients are another process.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { ScopedContainer } from "inversify-scopes";
import { fastifyContext, requestContext } from "inversify-scopes/http";
import { answer, begin, Db, User } from "../by-hand/requests.mjs";
import { busyWith, inTurn } from "../lib/processor.mjs";

/** @returns what answers a request */
function ours() {
  const container = new ScopedContainer();
  container.bind(User).toSelf().inPerAsyncContextScope();
  container.bind(Db).toSelf().inPooledScope(8);
  const [user, db] = [container.get(User), container.get(Db)];
  return async (name) => {
    user.name = name;
    return `${user.name}: ${await db.query()}`;
  };
}

/** What puts the context around an app's requests, and returns what answers one. */
const WAYS = {
  fastify: {
    async ours(app) {
      await app.register(fastifyContext);
      return ours();
    },
    async "by hand"(app) {
      app.addHook("onRequest", (_request, reply, done) => begin(reply.raw, done));
      return answer;
    },
    "@fastify/request-context": async (app) => (await import("../peers/requests.mjs")).withRequestContext(app),
  },
  express: {
    async ours(app) {
      app.use(requestContext());
      return ours();
    },
    async "by hand"(app) {
      app.use((_req, res, next) => begin(res, next));
      return answer;
    },
    "nestjs-cls": async (app) => (await import("../peers/requests.mjs")).withClsMiddleware(app),
  },
};

const START = {
  async fastify(wrap) {
    const { default: fastify } = await import("fastify");
    const app = fastify();
    const answered = await wrap(app);
    app.get("/", (request) => answered(request.headers["x-user"]));
    const url = await app.listen({ host: "127.0.0.1", port: 0 });
    return { url, close: () => app.close() };
  },
  async express(wrap) {
    const { express } = await import("../peers/express.mjs");
    const app = express();
    const answered = await wrap(app);
    app.get("/", async (req, res) => void res.send(await answered(req.headers["x-user"])));
    const server = app.listen(0, "127.0.0.1");
    await once(server, "listening");
    return { url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
  },
};

/** @param figure what is made of one way's clients at work: see {@link FIGURES} */
async function measured(framework, names, figure, { rounds }) {
  const clients = fork(fileURLToPath(new URL("../lib/load.mjs", import.meta.url)), { execArgv: [] });
  const servers = [];
  try {
    const ways = {};
    for (const name of names) {
      const server = await START[framework](WAYS[framework][name]);
      servers.push(server);
      ways[name] = () =>
        figure(async () => {
          clients.send({ url: server.url, seconds: 1 });
          const [{ answered, duration, failed }] = await once(clients, "message");
          if (failed > 0) throw new Error(`${failed} requests failed`);
          return { answered, duration };
        });
    }
    return await inTurn(rounds < 30 ? 6 : 20, ways, 3);
  } finally {
    clients.kill();
    for (const server of servers) await server.close();
  }
}

const FIGURES = {
  async rate(work) {
    const { answered, duration } = await work();
    return answered / duration;
  },
  async processor(work) {
    let requests;
    const busy = await busyWith(async () => (requests = (await work()).answered));
    return busy / requests;
  },
};

const OWN = ["by hand", "ours"];
const PEERS = { fastify: "@fastify/request-context", express: "nestjs-cls" };

export const rows = Object.keys(WAYS).flatMap((framework) => [
  {
    id: `http-${framework}`,
    what: `requests/s of ${framework}, a user and a pooled connection each`,
    least: 0.97,
    unit: "/s",
    measure: (effort) => measured(framework, OWN, FIGURES.rate, effort),
  },
  {
    id: `http-${framework}-processor`,
    what: `processor time of such a request of ${framework}`,
    measure: (effort) => measured(framework, OWN, FIGURES.processor, effort),
  },
  {
    id: `peer-http-${framework}`,
    job: `http-${framework}-processor`,
    peer: PEERS[framework],
    measure: (effort) => measured(framework, ["by hand", PEERS[framework]], FIGURES.processor, effort),
  },
]);
