import fastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type RouteGenericInterface,
} from "fastify";
import type { Container } from "inversify";
import { runInContext, ScopeError } from "inversify-scopes";

import { CurrentUser } from "./current-user.js";
import { OrderController, type OrderRequest } from "./order-controller.js";
import { Transaction } from "./transaction.js";

const ORDER = {
  type: "object",
  required: ["item"],
  properties: { item: { type: "string" }, quantity: { type: "integer", minimum: 1, default: 1 } },
};

/** The HTTP side: routes, and one context for each request. */
export function buildServer(container: Container): FastifyInstance {
  const user = container.get(CurrentUser);
  const transaction = container.get(Transaction);
  const orders = container.get(OrderController);

  const running = new Set<Promise<unknown>>();

  /** The one place that knows of contexts: what `handler` and all that it calls get injected is this request's. */
  const inContext =
    <Route extends RouteGenericInterface, R>(handler: (request: FastifyRequest<Route>) => Promise<R>) =>
    async (request: FastifyRequest<Route>, reply: FastifyReply): Promise<R> => {
      const done = runInContext({ name: request.id, signal: clientLeft(reply) }, async () => {
        user.signIn(request.headers["x-user"]);
        return transaction.around(() => handler(request));
      });
      running.add(done);
      return done.finally(() => running.delete(done));
    };

  const app = fastify({ requestIdHeader: "x-request-id" });
  app.addHook("onClose", async () => {
    await Promise.allSettled(running); // those too whose clients have left
  });
  app.addHook("onRequest", async (request, reply) => {
    reply.header("x-request-id", request.id);
  });
  app.post<{ Body: OrderRequest }>(
    "/orders",
    { schema: { body: ORDER } },
    inContext((request) => orders.place(request.body)),
  );
  app.get(
    "/orders",
    inContext(() => orders.list()),
  );
  app.get("/health", async () => ({ ok: true })); // no context, no connection

  app.setErrorHandler((error, request, reply) => {
    const status = statusOf(error);
    if (status >= 500) request.log.error(error);
    return reply.code(status).send({ error: error instanceof Error ? error.message : String(error) });
  });
  return app;
}

/** Aborts when the client leaves before it has its answer. (Fastify's `request.signal` also does when a body was read.) */
function clientLeft({ raw }: FastifyReply): AbortSignal {
  const controller = new AbortController();
  raw.once("close", () => {
    if (!raw.writableFinished) controller.abort(new Error("The client has left."));
  });
  return controller.signal;
}

/** No connection in time is a busy service, not a broken one. */
function statusOf(error: unknown): number {
  if (error instanceof ScopeError) return error.code.startsWith("POOL_") ? 503 : 500;
  const status = (error as { statusCode?: unknown } | null)?.statusCode;
  return typeof status === "number" ? status : 500;
}
