// After each `//!` stands a program that must not compile, and what the first line of the message says of it.
import type { IncomingMessage, ServerResponse } from "node:http";
import { inContext, inFetch, inRequest, requestContext, stopServer } from "inversify-scopes/http";
import { container } from "../services.js";

//! 'nmae' does not exist in type 'AdapterOptions
inContext(() => 1, { nmae: "x" });
//! Type 'AbortSignal' is not assignable to type
inContext(() => 1, { signal: AbortSignal.abort() });
//! Argument of type 'string' is not assignable to parameter of type '(this: unknown
inContext("handler");
//! Type '() => number' is not assignable to type
requestContext({ values: () => 1 });
//! No overload matches this call
inRequest((ctx: { body: string }, next: () => Promise<void>) => next());
/** What can be called in several ways, none of which is a listener's. */
declare const fetchOnly: { (request: Request): Response; (url: URL): Response };
//! No overload matches this call
inRequest(fetchOnly);
declare const several: { (req: IncomingMessage, res: ServerResponse): void; (request: Request): Response };
//! No overload matches this call
inRequest(several, { nmae: "x" });
//! No overload matches this call
inRequest((req: IncomingMessage, res: ServerResponse, next: () => void) => (res.end(req.url), next()));
//! Type 'string' is not assignable to type
inFetch(() => "text");
/** As an app of Express: it is no server, and `listen` returns one. */
declare const app: {
  (req: IncomingMessage, res: ServerResponse): unknown;
  emit(event: string): boolean;
  listen(): unknown;
};
//! Argument of type '{ (req: IncomingMessage, res: ServerResponse<IncomingMessage>): unknown; emit
void stopServer(app, container);

declare const server: import("node:http").Server;
//! 'grace' does not exist in type 'ShutdownOptions'
void stopServer(server, container, { grace: 5 });
