import { isObject } from "../base/is-object.js";
import { invalidOption } from "../base/options.js";
import type { Emitting } from "./tied-emit.js";

/** A server of `node:http`, `node:https` or `node:http2`: what `createServer`, `app.listen()` of Express and Koa, and `serve()` of Hono return. */
export interface ServerLike extends Emitting {
  /** Takes no new connections. Calls back when the last connection has closed. */
  close(callback?: (error?: Error) => void): unknown;
  /** HTTP/2 has none. */
  closeIdleConnections?(): void;
  /** HTTP/2 has none. */
  closeAllConnections?(): void;
}

/** An app that has a server and closes it, as Fastify's. */
export interface ServerApp {
  /** The server. */
  readonly server: ServerLike;
  /** Runs the app's own hooks, and closes the server. */
  close(): PromiseLike<unknown>;
}

/** @throws ScopeError `INVALID_OPTION` for what is neither a server nor an app that has one */
export function expectServer(where: string, given: unknown): ServerLike {
  const server = isApp(given) ? given.server : given;
  if (isServer(server)) return server;
  const text =
    "a server of node:http, node:https or node:http2 (what app.listen() of Express and Koa, or serve() of Hono returns, not the app), " +
    "or a Fastify app";
  throw invalidOption(where, "server", given, text);
}

/** Whether it has a server of its own. */
export function isApp(given: unknown): given is ServerApp {
  return isObject(given) && "server" in given && isServer(given.server) && "close" in given;
}

function isServer(value: unknown): value is ServerLike {
  if (!isObject(value)) return false;
  const { emit, close } = value as Partial<ServerLike>;
  return typeof emit === "function" && typeof close === "function";
}
