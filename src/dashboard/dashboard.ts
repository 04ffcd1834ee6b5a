import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import { aBoolean, aFunction, type Allowed, checkRecord } from "../base/options.js";
import { type AnyContainer, expectScopes } from "../container/container-scopes.js";
import { report } from "../metrics/report.js";
import { type Answer, answerTo, notAllowed, type Shown } from "./answers.js";
import { pageOf } from "./document.js";
import { asRequest, pathOf } from "./node-request.js";

/** The options of {@link dashboard}. */
export interface DashboardOptions {
  /** Whether to show what pools' `describe` says of their instances; see `ReportOptions` of `inversify-scopes/metrics`. Default false. */
  readonly facts?: boolean | undefined;
  /**
   * Says who may see it, asked at each request: `true` lets in, anything else is answered 403, what it throws 500, and where it
   * has not answered within 10 seconds 503. Default: everybody who reaches it.
   */
  readonly authorize?: ((request: Request) => boolean | Promise<boolean>) | undefined;
  /** Stands on the page: which of your services this is. Default `inversify-scopes`. */
  readonly title?: string | undefined;
}

/** What {@link dashboard} returns. */
export interface Dashboard {
  /** For servers that speak fetch: Hono, Deno-style handlers, Next. */
  (request: Request): Promise<Response>;
  /** For `node:http`, `node:http2`, Express, Connect, and whatever else has their request and response. */
  readonly listener: (req: IncomingMessage | Http2ServerRequest, res: ServerResponse | Http2ServerResponse) => void;
}

const OPTIONS: Readonly<Record<keyof DashboardOptions, Allowed>> = {
  facts: aBoolean,
  authorize: aFunction,
  title: { test: (value) => typeof value === "string" && value.trim() !== "", text: "a text" },
};

/**
 * A page that shows live what a container is doing: its pools, who holds what since when and who waits, the open contexts, what
 * went wrong of late, and how the services are bound. It is there once you mount it, at any path; it can be looked at, and changes
 * nothing.
 *
 * GET of the path with a slash at its end is the page, GET of `report.json` beside it what `report(container)` returns; anything
 * else is 404 or 405. The page loads nothing else, and its content security policy allows nothing else.
 *
 * It tells names of contexts and services, and code positions. Do not mount it where strangers can reach it, or say `authorize`.
 *
 * @param container - one with the plugin
 * @param options - see {@link DashboardOptions}
 * @returns the handler, for fetch's Request and Response; its `listener` takes Node's
 * @throws ScopeError `INVALID_OPTION`
 *
 * @example
 * ```ts
 * import { createServer } from "node:http";
 * const board = dashboard(container, { authorize: ({ headers }) => headers.get("authorization") === process.env["OPS_TOKEN"] });
 * createServer(board.listener).unref().listen(0, "127.0.0.1");
 * ```
 */
export function dashboard(container: AnyContainer, options: DashboardOptions = {}): Dashboard {
  expectScopes("dashboard", container);
  checkRecord("dashboard", options, OPTIONS);
  const { facts, authorize, title = "inversify-scopes" } = options;
  const shown: Shown = { page: pageOf(title), report: () => report(container, { facts }), authorize };
  const handle = async (request: Request): Promise<Response> => {
    const { status, headers, body } = await answerTo(shown, request, new URL(request.url).pathname);
    return new Response(request.method === "HEAD" ? null : body, { status, headers });
  };
  const listener: Dashboard["listener"] = (req, res) =>
    void answerNode(shown, req).then((answer) => send(res as ServerResponse, answer, req.method));
  return Object.assign(handle, { listener });
}

async function answerNode(shown: Shown, req: IncomingMessage | Http2ServerRequest): Promise<Answer> {
  const request = asRequest(req);
  // A method that fetch does not know.
  if (request === undefined) return notAllowed();
  const { url, originalUrl = url } = req as { readonly url: string; readonly originalUrl?: string };
  return answerTo(shown, request, pathOf(url), url !== originalUrl);
}

function send(res: ServerResponse, { status, headers, body }: Answer, method?: string): void {
  // Somebody else has answered, as a middleware that does not wait for long.
  if (res.headersSent) return;
  res.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) });
  res.end(method === "HEAD" ? undefined : body);
}
