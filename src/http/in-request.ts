import type { IncomingMessage, ServerResponse } from "node:http";
import { ClientLeft } from "./client-left.js";
import { reportRefused } from "./end-errors.js";
import { expectExchange, inExchange, type NodeRequest, type NodeResponse } from "./exchange.js";
import { type AdapterOptions, checkedOptions, checkHandler, onEndError } from "./options.js";
import { nameOfRequest } from "./naming.js";
import { sameShape } from "./same-shape.js";

/** An app of Express or Connect, which can be called in several ways: as a listener is one of them. */
export interface NodeApp {
  (req: IncomingMessage, res: ServerResponse): unknown;
  readonly use: unknown;
}

/**
 * A listener of `node:http` or `node:http2` of which each request runs in a context of its own, which ends when the response has
 * closed and the listener's promise has settled. Put it around what you give to `createServer`: a listener of yours, an
 * Express app, Koa's `callback()`, the listener of `@hono/node-server`.
 *
 * Where the listener gives no promise (Express), `close` is enough once the head was sent; if the client left before that, the
 * attempt to answer, at the latest `leftMs` after it left. The context's signal aborts when the client leaves.
 *
 * If the context cannot begin (`needs` are not to be had, an option's function throws), it is answered 503, and `onError` gets
 * the reason.
 *
 * @param listener - gets `(req, res)`; what it throws or rejects with, Node gets, as without this
 * @param options - see {@link AdapterOptions}
 * @returns the listener for the server
 * @throws ScopeError `INVALID_OPTION`; when it is called with what is no request and response, too
 *
 * @example
 * ```ts
 * import { createServer } from "node:http";
 * const server = createServer(inRequest(async (_req, res) => void res.end(JSON.stringify(await db.query("select 1")))));
 * ```
 */
export function inRequest(
  app: NodeApp,
  options?: AdapterOptions<[req: IncomingMessage, res: ServerResponse]>,
): (req: IncomingMessage, res: ServerResponse) => void;
export function inRequest<Req extends NodeRequest = IncomingMessage, Res extends NodeResponse = ServerResponse>(
  listener: (req: Req, res: Res) => unknown,
  options?: AdapterOptions<[req: Req, res: Res]>,
): (req: Req, res: Res) => void;
export function inRequest<Req extends NodeRequest, Res extends NodeResponse>(
  listener: (req: Req, res: Res) => unknown,
  options?: AdapterOptions<[req: Req, res: Res]>,
): (req: Req, res: Res) => void {
  checkHandler("inRequest", "listener", listener);
  const checked = checkedOptions("inRequest", options);
  const wrapped = function (this: unknown, ...args: [Req, Res]): unknown {
    const [request, response] = args;
    expectExchange("inRequest", request, response);
    return inExchange(request, response, {
      adapter: "inRequest",
      options: checked,
      args,
      call: () => Reflect.apply(listener, this, args),
      refuse: (error) => {
        answerUnavailable(response);
        if (!(error instanceof ClientLeft)) reportRefused(nameOfRequest(request), error, onEndError(checked, args));
      },
    });
  };
  return sameShape(wrapped, listener);
}

/** Nobody else is there to answer. */
function answerUnavailable(response: NodeResponse): void {
  if (response.headersSent === true) return;
  response.statusCode = 503;
  response.end();
}
