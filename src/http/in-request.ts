import type { IncomingMessage, ServerResponse } from "node:http";
import { ClientLeft } from "./client-left.js";
import { reportRefused } from "./end-errors.js";
import { expectExchange, inExchange, type NodeRequest, type NodeResponse } from "./exchange.js";
import { nameOfRequest } from "./naming.js";
import { NodePart } from "./node-part.js";
import { type AdapterOptions, type AnyOptions, checkedOptions, checkHandler, onEndError } from "./options.js";
import { sameShape } from "./same-shape.js";

/** An app of Express or Connect, which can be called as a listener. */
export interface NodeApp {
  (req: IncomingMessage, res: ServerResponse): unknown;
  /** Tells an app of Express, or one like it, from a plain listener. */
  readonly use: unknown;
}

/**
 * Runs each request of a `node:http` or `node:http2` listener in a context of its own. Put it around what you give to `createServer`:
 * a listener of yours, an Express app, Koa's `callback()`, the listener of `@hono/node-server`. The context ends when the response has
 * closed and the listener's promise has settled. Its signal aborts when the client leaves.
 *
 * Some listeners return no promise (Express). Then the context ends at `close`, if the head was sent. If the client left before that,
 * it ends when the listener tries to answer, at the latest `leftMs` after the client left.
 *
 * If the context cannot begin (`needs` cannot be had, an option's function throws), the answer is 503, and `onError` gets the reason.
 *
 * @param listener - gets `(req, res)`. Node gets what it throws or rejects with, as without this
 * @param options - see {@link AdapterOptions}
 * @returns the listener for the server
 * @throws ScopeError `INVALID_OPTION`; also when the listener is called with other arguments than a request and a response
 *
 * @example
 * ```ts
 * import { createServer } from "node:http";
 * const server = createServer(inRequest(async (_req, res) => void res.end(JSON.stringify(await db.query("select 1")))));
 * ```
 */
export function inRequest(
  listener: NodeApp,
  options?: AdapterOptions<[req: IncomingMessage, res: ServerResponse]>,
): (req: IncomingMessage, res: ServerResponse) => void;
export function inRequest<Req extends NodeRequest = IncomingMessage, Res extends NodeResponse = ServerResponse>(
  listener: (req: Req, res: Res) => unknown,
  options?: AdapterOptions<[req: Req, res: Res]>,
): (req: Req, res: Res) => void;
// The last one, for what can be called in several ways, as GraphQL Yoga: nothing can be inferred of that.
export function inRequest(
  listener: (req: IncomingMessage, res: ServerResponse) => unknown,
  options?: AdapterOptions<[req: IncomingMessage, res: ServerResponse]>,
): (req: IncomingMessage, res: ServerResponse) => void;
export function inRequest<Req extends NodeRequest, Res extends NodeResponse>(
  listener: (req: Req, res: Res) => unknown,
  options?: AdapterOptions<[req: Req, res: Res]>,
): (req: Req, res: Res) => void {
  checkHandler("inRequest", "listener", listener);
  const checked = checkedOptions("inRequest", options);
  const wrapped = function (this: unknown, ...args: [Req, Res]): unknown {
    const emits = expectExchange("inRequest", args[0], args[1]);
    return inExchange(new ListenerPart(args, checked, () => Reflect.apply(listener, this, args)), emits);
  };
  return sameShape(wrapped, listener);
}

class ListenerPart extends NodePart {
  readonly #listener: () => unknown;

  constructor(
    readonly all: readonly [NodeRequest, NodeResponse],
    options: AnyOptions,
    listener: () => unknown,
  ) {
    super(all[0], all[1], options);
    this.#listener = listener;
  }

  get adapter(): string {
    return "inRequest";
  }

  override get args(): readonly unknown[] {
    return this.all;
  }

  call(): unknown {
    const listener = this.#listener;
    return listener();
  }

  /** There is no framework that would answer. */
  refuse(error: unknown): void {
    answerUnavailable(this.response);
    if (error instanceof ClientLeft) return;
    reportRefused(nameOfRequest(this.request), error, onEndError(this.options, this.args));
  }
}

function answerUnavailable(response: NodeResponse): void {
  if (response.headersSent === true) return;
  response.statusCode = 503;
  response.end();
}
