/**
 * Shared, per-async-context and pooled scopes for inversify 8, behind lazy proxies.
 *
 * @module inversify-scopes
 */
// No import: bundlers warn of one that they leave out.
// oxlint-disable-next-line unicorn/require-module-specifiers -- brings the types of inversify's syntax, which need no name
export type {} from "./container/binding-syntax.js";

export {
  type Dependency,
  perAsyncContext,
  pooled,
  type Provides,
  type ScopeDecorator,
  shared,
} from "../decorators/index.js";
export {
  type AnyContainer,
  diagram,
  pools,
  ScopedContainer,
  scopedModule,
  ScopesPlugin,
  shutdown,
  type ShutdownOptions,
  verify,
  type VerifyOptions,
} from "./container/index.js";
export {
  type AsyncContext,
  bindToContext,
  type ContextOptions,
  type ContextOutcome,
  type ContextState,
  type ContextTraceEvent,
  type ContextValue,
  currentContext,
  detach,
  type DetachOptions,
  openContexts,
  runInContext,
} from "./context/index.js";
export {
  type ErrorCode,
  type Finding,
  type HolderInfo,
  type PoolTimeoutStage,
  ScopeError,
  type ScopeErrorDetails,
  type Suppressing,
} from "./base/errors.js";
export type { AsyncView, DeferNames, DeferrableKeys } from "./proxy/async-view.js";
export { hasInstance, lease, ready, release, unwrap, use } from "./proxy/functions.js";
export type { EachProxyByItself, Injected, ScopedProxy } from "./proxy/injected.js";
export { isScopedProxy } from "./proxy/registry.js";
export type { Lease, LeaseOptions, ReleaseOptions, Source } from "./proxy/source.js";
export { type Selection, selectSource } from "./scopes/selecting.js";
export { contextValue, setContextValue } from "./scopes/binding/given-values.js";
export type { ContextValueOptions } from "./scopes/context-value.js";
export { type KeyedOptions, keyedScope } from "./scopes/keyed.js";
export { currentKey } from "./scopes/keyed/key.js";
export type { DeadlockEvent } from "./scopes/pooled/deadlock.js";
export { creationSignal } from "./scopes/creation/creation-signal.js";
export { scopedProxy, setFactory, setInstance } from "./scopes/binding/late-binding.js";
export type { BindingOptions, PerAsyncContextOptions, SharedOptions } from "./scopes/options.js";
export { perAsyncContextScope } from "./scopes/per-async-context.js";
export { poolOf } from "./scopes/pooled/pool-of.js";
export { pooledScope } from "./scopes/pooled/scope.js";
export type { PooledOptions } from "./scopes/pooled/options.js";
export type { CreateOptions, Scope, ScopeName, ScopeOf, Service } from "./scopes/scope.js";
export { sharedScope } from "./scopes/shared.js";
