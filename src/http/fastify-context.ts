import type { ScopeError } from "../base/errors.js";
import { invalidOption } from "../base/options.js";
import { emitsOf, exchangeFailed, inExchange, type NodeRequest, type NodeResponse, type Part } from "./exchange.js";
import { nameOfRoute } from "./naming.js";
import { type AdapterOptions, type AnyOptions, checkedOptions } from "./options.js";

/** Fastify's request, as functions among the options see it. Annotate their parameters with Fastify's own type for more. */
export interface FastifyRequestLike {
  /** Node's request. */
  readonly raw: NodeRequest;
  /** Fastify's id of the request. */
  readonly id: string;
  /** Such as `GET`. */
  readonly method: string;
  /** The path with its query. */
  readonly url: string;
  /** The route that was found. */
  readonly routeOptions: { readonly url?: string | undefined };
  /** In lower case, as Node gives them. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** What the pattern of the route has matched. */
  readonly params: unknown;
  /** The parsed query. */
  readonly query: unknown;
}

/** Fastify's reply, as functions among the options see it. */
export interface FastifyReplyLike {
  /** Node's response. */
  readonly raw: NodeResponse;
  /** Whether the reply was sent, or handed over by `hijack()`. */
  readonly sent?: boolean | undefined;
}

/** A Fastify instance. */
export interface FastifyLike {
  /** Adds a hook to the instance. */
  addHook: (name: never, hook: never) => unknown;
}

type Done = (error?: Error) => void;
type Hook = (request: FastifyRequestLike, reply: FastifyReplyLike, ...rest: never[]) => void;

/**
 * A Fastify plugin that gives each request a context of its own, from its first `onRequest` hook on, also under `app.inject()`.
 * Register it before everything else. See {@link inRequest} for the end of the context. Fastify's `onError` tells that a handler has
 * failed.
 *
 * If the context cannot begin (`needs` cannot be had, an option's function throws), Fastify's error handler gets the reason.
 *
 * @param instance - the Fastify instance
 * @param options - see {@link AdapterOptions}; its functions get `(request, reply)`
 * @param done - Fastify's
 * @throws ScopeError `INVALID_OPTION`, with which `register` fails; also when it is called and not registered
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
  if (typeof done !== "function") throw notRegistered(instance);
  let checked: AnyOptions;
  try {
    checked = checkedOptions("fastifyContext", options);
  } catch (error) {
    return done(error as Error);
  }
  const addHook = (name: string, hook: Hook): unknown => Reflect.apply(instance.addHook, instance, [name, hook]);
  addHook("onRequest", (request, reply, next: Done) => {
    void inExchange(new FastifyPart(request, reply, checked, next), emitsOf(request.raw, reply.raw));
  });
  addHook("onError", (request, _reply, error: Error, next: Done) => {
    exchangeFailed(request.raw, error);
    next();
  });
  done();
}

function notRegistered(instance: unknown): ScopeError {
  const text = "what Fastify gives to a plugin: await app.register(fastifyContext, options)";
  return invalidOption("fastifyContext", "what it was called with", [instance], text);
}

class FastifyPart implements Part {
  readonly request: NodeRequest;
  readonly response: NodeResponse;
  readonly #request: FastifyRequestLike;
  readonly #reply: FastifyReplyLike;
  readonly #next: Done;

  constructor(
    request: FastifyRequestLike,
    reply: FastifyReplyLike,
    readonly options: AnyOptions,
    next: Done,
  ) {
    this.request = request.raw;
    this.response = reply.raw;
    this.#request = request;
    this.#reply = reply;
    this.#next = next;
  }

  get adapter(): string {
    return "fastifyContext";
  }

  get args(): readonly unknown[] {
    return [this.#request, this.#reply];
  }

  defaultName(): string {
    return nameOfRoute(this.#request);
  }

  call(): void {
    const next = this.#next;
    next();
  }

  refuse(error: unknown): void {
    const next = this.#next;
    next(error as Error);
  }

  /** After `hijack()` it counts as sent: by then all hooks have run, and `@fastify/websocket` has the socket. */
  isHandedOver(): boolean {
    if (this.#reply.sent !== true || this.#request.headers["upgrade"] === undefined) return false;
    // Node says so where nobody listens to upgrades: then the header is of no effect.
    return this.request.upgrade !== false;
  }
}

// As `fastify-plugin` does: the hooks hold for the instance on which the plugin is registered, not for an inner one.
Object.assign(fastifyContext, {
  [Symbol.for("skip-override")]: true,
  [Symbol.for("fastify.display-name")]: "inversify-scopes",
});
