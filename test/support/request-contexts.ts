import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { bindToContext, type ContextOptions, runInContext } from "inversify-scopes";

const rejoin = Symbol("rejoin");

type Joined = FastifyRequest & { [rejoin]?: (go: () => void) => void };

/**
 * What an application, or an adapter, does to give each request of fastify a context, from its first hook until its
 * connection has closed: after the answer was sent whole, or the client has left.
 */
export function requestContexts(app: FastifyInstance, options: ContextOptions = {}): void {
  app.addHook("onRequest", (request: Joined, reply: FastifyReply, go) => {
    const left = new AbortController();
    const closed = new Promise<void>((resolve) => {
      reply.raw.once("close", () => {
        if (!reply.raw.writableFinished) left.abort(new Error("The client has left."));
        resolve();
      });
    });
    runInContext({ name: `${request.method} ${request.url}`, signal: left.signal, ...options }, () => {
      request[rejoin] = bindToContext((next) => next());
      go();
      return closed;
    }).catch((error: unknown) => app.log.error(error));
  });
  // A body is read by the socket's own callbacks, which know nothing of the context.
  app.addHook("preValidation", (request: Joined, _reply, go) => request[rejoin]!(go));
}
