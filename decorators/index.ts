/**
 * Scopes as decorators, for classes and for the methods of provider classes.
 *
 * @module inversify-scopes/decorators
 */
export { perAsyncContext, pooled, shared } from "./scopes.js";
export type { Dependency, Provides, ScopeDecorator } from "./types.js";
