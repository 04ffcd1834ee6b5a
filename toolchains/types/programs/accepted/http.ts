// The adapters with Node's own types, and with what handlers of all kinds look like.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createHttp2Server, type Http2ServerRequest, type Http2ServerResponse } from "node:http2";
import { contextValue } from "inversify-scopes";
import {
  fastifyContext,
  inContext,
  inFetch,
  inRequest,
  isBusy,
  requestContext,
  stopServer,
} from "inversify-scopes/http";
import { container, Db } from "../services.js";

const db = container.get(Db);
container.bind<IncomingMessage>("request").toContextValue({ shape: Object });
const request = container.get<IncomingMessage>("request");

createServer(inRequest((req, res) => res.end(req.url)));
createServer(
  inRequest(async (req, res) => void res.end(req.url), { needs: [db], leftMs: 1, name: (req) => `${req.url}` }),
);
createHttp2Server(inRequest((req, res) => res.end(String(req.stream.id))));
createHttp2Server(inRequest((req: Http2ServerRequest, res: Http2ServerResponse) => res.end(req.authority)));
/** As Koa's callback. */
declare const both: (
  req: IncomingMessage | Http2ServerRequest,
  res: ServerResponse | Http2ServerResponse,
) => Promise<void>;
createServer(inRequest(both));
createHttp2Server(inRequest(both));
/** As an app of Express. */
declare const app: {
  (req: IncomingMessage, res: ServerResponse): unknown;
  (req: IncomingMessage & { baseUrl: string }, res: ServerResponse, next: () => void): void;
  readonly use: unknown;
};
createServer(inRequest(app, { onError: (error, req) => console.error(error, req.url) }));
/** As an instance of GraphQL Yoga: with more parameters, and called in several ways, the last of which is another. */
declare const yoga: {
  (
    req: { readonly url?: string | undefined },
    res: ServerResponse,
    ...context: Partial<{ user: string }>[]
  ): Promise<void>;
  (request: Request, ...context: Partial<{ user: string }>[]): Promise<Response>;
  (container: { request: Request }, ...context: Partial<{ user: string }>[]): Promise<Response>;
};
createServer(inRequest(yoga));
createServer(
  inRequest(yoga, { name: (req) => `${req.httpVersion} ${req.url}`, onError: (error) => console.error(error) }),
);
/** With one more that may be left out. */
createServer(inRequest((req: IncomingMessage, res: ServerResponse, _next?: () => void) => res.end(req.url)));

const middleware: (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => void = requestContext(
  { values: (req) => [contextValue(request, req)] },
);

const job: (job: { id: number }, token: string) => Promise<number> = inContext(
  async (job: { id: number }, _token: string) => job.id,
  { name: ({ id }) => `job ${id}`, signal: () => undefined },
);

const handler: (request: Request, env: { key: string }) => Promise<Response> = inFetch(
  (request: Request, { key }: { key: string }) => new Response(request.url + key),
  { onError: (error, request, { key }) => console.error(error, request.url, key) },
);

/** What a framework's own request knows more. */
interface FrameworkRequest {
  readonly raw: IncomingMessage;
  readonly id: string;
  readonly method: string;
  readonly url: string;
  readonly routeOptions: { readonly url?: string };
  readonly headers: IncomingMessage["headers"];
  readonly params: unknown;
  readonly query: unknown;
  readonly session: string;
}
fastifyContext(
  { addHook: (_name: "onRequest", _hook: () => void) => undefined },
  { name: (request: FrameworkRequest) => request.session },
  () => {},
);

export { handler, job, middleware };

// What may be stopped: a server of Node of each kind, and an app that has one, as Fastify's.
declare const kinds: {
  readonly http: import("node:http").Server;
  readonly https: import("node:https").Server;
  readonly http2: import("node:http2").Http2Server;
  readonly secure: import("node:http2").Http2SecureServer;
  readonly fastify: {
    readonly server: import("node:http").Server;
    close(): Promise<undefined>;
    close(closeListener: () => void): undefined;
  };
};
export const stops: Promise<void>[] = [
  stopServer(kinds.http, container),
  stopServer(kinds.https, container, { graceMs: 5_000 }),
  stopServer(kinds.http2, container),
  stopServer(kinds.secure, container),
  stopServer(kinds.fastify, container),
  // As `serve()` of Hono returns it.
  stopServer(kinds.http as import("node:http").Server | import("node:http2").Http2Server, container),
];
export const isLater: boolean = isBusy(new Error("no"));
