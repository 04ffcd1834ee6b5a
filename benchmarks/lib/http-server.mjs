/**
 * A server in a process of its own, as `node http-server.mjs <framework> <way>`. It tells its parent its address, and at each message
 * the processor time that it has used. In one process the ways would spoil each other's code: V8 learns from all of them together.
 */
import { once } from "node:events";
import { ScopedContainer } from "inversify-scopes";
import { fastifyContext, requestContext } from "inversify-scopes/http";
import { answerExactly, beginExactly } from "../by-hand/exact-requests.mjs";
import { answer, begin, Db, User } from "../by-hand/requests.mjs";

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
    async "by hand, with the guarantees"(app) {
      app.addHook("onRequest", (request, reply, done) => beginExactly(request.raw, reply.raw, done));
      return answerExactly;
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
    async "by hand, with the guarantees"(app) {
      app.use(beginExactly);
      return answerExactly;
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
    return app.listen({ host: "127.0.0.1", port: 0 });
  },
  async express(wrap) {
    const { express } = await import("../peers/express.mjs");
    const app = express();
    const answered = await wrap(app);
    app.get("/", async (req, res) => void res.send(await answered(req.headers["x-user"])));
    const server = app.listen(0, "127.0.0.1");
    await once(server, "listening");
    return `http://127.0.0.1:${server.address().port}`;
  },
};

const [framework, way] = process.argv.slice(2);
process.on("message", () => process.send(process.cpuUsage()));
process.on("disconnect", () => process.exit());
process.send(await START[framework](WAYS[framework][way]));
