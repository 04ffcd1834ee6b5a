import { Readable } from "node:stream";
import { finished } from "node:stream/promises";

import fastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type RouteGenericInterface,
} from "fastify";
import type { Container } from "inversify";
import { type ErrorCode, runInContext, ScopeError } from "inversify-scopes";

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
    <Route extends RouteGenericInterface, R>(
      handler: (request: FastifyRequest<Route>, reply: FastifyReply) => Promise<R>,
    ) =>
    async (request: FastifyRequest<Route>, reply: FastifyReply): Promise<R> =>
      runInContext({ name: request.id, signal: clientLeft(reply) }, async () => {
        user.signIn(request.headers["x-user"]);
        return transaction.around(() => handler(request, reply));
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
  app.get(
    "/orders/export",
    inContext(async (_, reply) => {
      const lines = Readable.from(asLines(orders.export()));
      reply.type("application/x-ndjson").send(lines);
      await finished(lines); // the request, and with it the connection, lasts as long as rows are read
    }),
  );
  app.get("/health", async () => ({ ok: true })); // no context, no connection

  app.setErrorHandler((error, request, reply) => {
    const [status, text] = answerTo(error);
    if (status >= 500) request.log.error(error);
    if (status === 503) reply.header("retry-after", "1");
    return reply.code(status).send({ error: text, request: request.id });
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

/** A service that has no connection to give is busy, or its database is away: not for long, and nothing is broken. */
const BUSY = new Set<ErrorCode>([
  "POOL_TIMEOUT",
  "POOL_OVERLOADED",
  "POOL_EXHAUSTED",
  "POOL_DEADLOCK",
  "POOL_CLOSED",
  "CREATE_FAILED",
  "CREATE_TIMEOUT",
]);

/** What a client is told: of what he did wrong, all; of what we did, no more than that. The log has the rest. */
function answerTo(error: unknown): [status: number, text: string] {
  if (error instanceof ScopeError && BUSY.has(error.code)) return [503, error.publicMessage];
  const { statusCode, message } = Object(error) as { readonly statusCode?: unknown; readonly message?: unknown };
  const isTheirs = typeof statusCode === "number" && statusCode >= 400 && statusCode < 500;
  return isTheirs ? [statusCode, String(message)] : [500, "Something went wrong."];
}

async function* asLines(rows: AsyncIterable<object>): AsyncGenerator<string> {
  for await (const row of rows) yield `${JSON.stringify(row)}\n`;
}
