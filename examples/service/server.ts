import fastify, { type FastifyInstance, type FastifyRequest, type RouteGenericInterface } from "fastify";
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

  /** The one place that knows of contexts: what `handler` and all that it calls get injected is this request's. */
  const inContext =
    <Route extends RouteGenericInterface, R>(handler: (request: FastifyRequest<Route>) => Promise<R>) =>
    (request: FastifyRequest<Route>): Promise<R> =>
      runInContext({ name: request.id, signal: request.signal }, async () => {
        user.signIn(request.headers["x-user"]);
        return transaction.around(() => handler(request));
      });

  const app = fastify({ requestIdHeader: "x-request-id" });
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

/** No connection in time is a busy service, not a broken one. */
function statusOf(error: unknown): number {
  if (error instanceof ScopeError) return error.code.startsWith("POOL_") ? 503 : 500;
  const status = (error as { statusCode?: unknown } | null)?.statusCode;
  return typeof status === "number" ? status : 500;
}
