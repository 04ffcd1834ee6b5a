/**
 * Scopes as decorators, for classes and for the methods of provider classes.
 *
 * @module
 */
export {
  type Decorating,
  perAsyncContext,
  pooled,
  type ProvidedService,
  type Provides,
  type ScopeDecorator,
  shared,
} from "./scopes.js";
