import type { IncomingMessage, ServerResponse } from "node:http";
import { ScopeError } from "../base/errors.js";
import { emitsOf, expectExchange, inExchange, type NodeRequest, type NodeResponse } from "./exchange.js";
import { NodePart } from "./node-part.js";
import { type AdapterOptions, type AnyOptions, checkedOptions } from "./options.js";

/**
 * A middleware `(req, res, next)` that gives each request a context of its own. Use it as the first one of an Express app, before any
 * parser; with inversify's Express adapter, on its `customApp`. See {@link inRequest} for the end of the context.
 *
 * If the context cannot begin (`needs` cannot be had, an option's function throws), `next` gets the reason.
 *
 * @param options - see {@link AdapterOptions}
 * @returns the middleware
 * @throws ScopeError `INVALID_OPTION`; also when the middleware is called with other arguments than a request and a response
 *
 * @example
 * ```ts
 * app.use(requestContext({ needs: [db] }));
 * app.use((_req, res) => void db.query("select 1").then((rows) => res.end(rows.join())));
 * ```
 */
export function requestContext<Req extends NodeRequest = IncomingMessage, Res extends NodeResponse = ServerResponse>(
  options?: AdapterOptions<[req: Req, res: Res]>,
): (req: Req, res: Res, next: (error?: unknown) => void) => void {
  if (emitsOf(options, undefined).ofRequest !== undefined) throw uncalled();
  const checked = checkedOptions("requestContext", options);
  return function requestContext(req, res, next) {
    const emits = expectExchange("requestContext", req, res);
    // Returns nothing: Express would take a returned promise's rejection for the middleware's.
    void inExchange(new MiddlewarePart(req, res, checked, next), emits);
  };
}

/** A request in the place of the options. */
function uncalled(): ScopeError {
  const message = "requestContext: it lacks its parentheses; say app.use(requestContext()).";
  return new ScopeError("INVALID_OPTION", message, { service: "requestContext" });
}

class MiddlewarePart extends NodePart {
  readonly #next: (error?: unknown) => void;

  constructor(request: NodeRequest, response: NodeResponse, options: AnyOptions, next: (error?: unknown) => void) {
    super(request, response, options);
    this.#next = next;
  }

  get adapter(): string {
    return "requestContext";
  }

  call(): void {
    const next = this.#next;
    next();
  }

  refuse(error: unknown): void {
    const next = this.#next;
    next(error);
  }
}
