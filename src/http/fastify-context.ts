import { exchangeFailed, inExchange, type NodeRequest, type NodeResponse } from "./exchange.js";
import { nameOfRoute } from "./naming.js";
import { type AdapterOptions, type AnyOptions, checkedOptions } from "./options.js";

/** A request of Fastify, as far as the options' functions see it; annotate their parameters with Fastify's own type. */
export interface FastifyRequestLike {
  readonly raw: NodeRequest;
  readonly id: string;
  readonly method: string;
  readonly url: string;
  readonly routeOptions: { readonly url?: string | undefined };
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly params: unknown;
  readonly query: unknown;
}

export interface FastifyReplyLike {
  readonly raw: NodeResponse;
  readonly sent?: boolean | undefined;
}

/** An instance of Fastify. */
export interface FastifyLike {
  addHook: (name: never, hook: never) => unknown;
}

type Done = (error?: Error) => void;
type Hook = (request: FastifyRequestLike, reply: FastifyReplyLike, ...rest: never[]) => void;

/**
 * The plugin of Fastify that gives each request a context of its own, from its first `onRequest` hook on, also under
 * `app.inject()`. Register it before everything else. See {@link inRequest} for the end of the context; a handler that failed is
 * told by Fastify's `onError`.
 *
 * If the context cannot begin (`needs` are not to be had, an option's function throws), the error handler gets the reason.
 *
 * @param instance - of Fastify
 * @param options - see {@link AdapterOptions}; its functions get `(request, reply)`
 * @param done - Fastify's
 * @throws ScopeError `INVALID_OPTION`, with which `register` fails
 *
 * @example
 * ```ts
 * import Fastify from "fastify";
 * const app = Fastify();
 * await app.register(fastifyContext, { needs: [db] });
 * app.get("/users/:id", () => db.query("select 1"));
 * ```
 */
export function fastifyContext(
  instance: FastifyLike,
  options: AdapterOptions<[request: FastifyRequestLike, reply: FastifyReplyLike]>,
  done: Done,
): void {
  let checked: AnyOptions;
  try {
    checked = checkedOptions("fastifyContext", options);
  } catch (error) {
    return done(error as Error);
  }
  const addHook = (name: string, hook: Hook): unknown => Reflect.apply(instance.addHook, instance, [name, hook]);
  addHook("onRequest", (request, reply, next: Done) => {
    void inExchange(request.raw, reply.raw, {
      adapter: "fastifyContext",
      options: checked,
      args: [request, reply],
      defaultName: () => nameOfRoute(request),
      call: () => next(),
      refuse: (error) => next(error as Error),
      // After `hijack()` it counts as sent: by then all hooks have run, and `@fastify/websocket` has the socket.
      isHandedOver: () => reply.sent === true && request.headers["upgrade"] !== undefined,
    });
  });
  addHook("onError", (request, _reply, error: Error, next: Done) => {
    exchangeFailed(request.raw, error);
    next();
  });
  done();
}

// As `fastify-plugin` does it: the hooks are those of the instance on which it is registered, not of a part of its own.
Object.assign(fastifyContext, {
  [Symbol.for("skip-override")]: true,
  [Symbol.for("fastify.display-name")]: "inversify-scopes",
});
