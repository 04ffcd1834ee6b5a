/**
 * One context for each request, job and message, in the frameworks that people have.
 *
 * @module inversify-scopes/http
 */
export type { FastifyLike, FastifyReplyLike, FastifyRequestLike } from "./fastify-context.js";
export { fastifyContext } from "./fastify-context.js";
export { inContext } from "./in-context.js";
export { inFetch } from "./in-fetch.js";
export { inRequest, type NodeApp } from "./in-request.js";
export { isBusy } from "./is-busy.js";
export type { NodeRequest, NodeResponse } from "./exchange.js";
export type { AdapterOptions, OfArgs } from "./options.js";
export { requestContext } from "./request-context.js";
export type { ServerApp, ServerLike } from "./server-like.js";
export { stopServer } from "./stop-server.js";
