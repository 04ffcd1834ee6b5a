import { Readable } from "node:stream";
import { finished } from "node:stream/promises";

import fastify, { type FastifyInstance, type FastifyRequest } from "fastify";
import type { Container } from "inversify";
import { fastifyContext, isBusy } from "inversify-scopes/http";

import { CurrentUser } from "./current-user.js";
import { ORDER, OrderController, type OrderRequest } from "./order-controller.js";
import type { Order } from "./orders.js";

/** The HTTP side: routes, and one context for each request. */
export async function buildServer(container: Container): Promise<FastifyInstance> {
  const user = container.get(CurrentUser);
  const orders = container.get(OrderController);

  const app = fastify({ requestIdHeader: "x-request-id" });
  // All that knows of contexts: from here on, what handlers and all that they call get injected is this request's.
  // The grace is for a COMMIT after the last row of a stream was sent.
  await app.register(fastifyContext, { name: (request: FastifyRequest) => request.id, graceMs: 2_000 });

  app.addHook("onRequest", async (request, reply) => {
    reply.header("x-request-id", request.id);
  });
  app.get("/health", async () => ({ ok: true }));
  app.register(async (signedIn) => {
    signedIn.addHook("onRequest", async (request) => user.signIn(request.headers["x-user"]));

    signedIn.post<{ Body: OrderRequest }>("/orders", { schema: { body: ORDER } }, async ({ body }) =>
      orders.place(body),
    );
    signedIn.get("/orders", async () => orders.list());
    signedIn.get("/orders/export", async (_, reply) => {
      await orders.export(async (all) => {
        const lines = Readable.from(asLines(all));
        reply.type("application/x-ndjson").send(lines);
        await finished(lines); // the transaction lasts as long as rows are read
      });
      return reply;
    });
  });

  app.setErrorHandler((error, request, reply) => {
    const [status, text] = answerTo(error);
    if (status >= 500) request.log.error(error);
    if (status === 503) reply.header("retry-after", "1");
    return reply.code(status).send({ error: text, request: request.id });
  });
  return app;
}

/** Tells a client all about its own mistakes, and nothing about ours. The log has the rest. */
function answerTo(error: unknown): [status: number, text: string] {
  // No connection is to be had, or the database is away: not for long, and nothing is broken.
  if (isBusy(error)) return [503, "Busy. Come again."];
  const { statusCode, message } = Object(error) as { readonly statusCode?: unknown; readonly message?: unknown };
  const isTheirs = typeof statusCode === "number" && statusCode >= 400 && statusCode < 500;
  return isTheirs ? [statusCode, String(message)] : [500, "Something went wrong."];
}

async function* asLines(orders: AsyncIterable<Order>): AsyncGenerator<string> {
  for await (const order of orders) yield `${JSON.stringify(order)}\n`;
}
