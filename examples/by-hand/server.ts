import fastify, { type FastifyInstance, type FastifyRequest } from "fastify";

import { NotSignedIn } from "../service/current-user.js";
import { ORDER, type OrderRequest } from "../service/order-controller.js";
import type { OrdersByHand } from "./orders.js";

/** The same routes as those of the example service, without its stream. */
export function buildServerByHand(orders: OrdersByHand): FastifyInstance {
  const app = fastify({ requestIdHeader: "x-request-id" });
  app.addHook("onRequest", async (request, reply) => {
    reply.header("x-request-id", request.id);
  });
  app.post<{ Body: OrderRequest }>("/orders", { schema: { body: ORDER } }, (request) =>
    orders.request(request.id, userOf(request), () => orders.place(request.body)),
  );
  app.get("/orders", (request) => orders.request(request.id, userOf(request), () => orders.list()));
  return app;
}

function userOf({ headers }: FastifyRequest): string {
  const user = headers["x-user"];
  if (typeof user !== "string" || user === "") throw new NotSignedIn();
  return user;
}
