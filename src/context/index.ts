export { bindToContext } from "./bind.js";
export type { AsyncContext, ContextOutcome, ContextState } from "./async-context.js";
export type { ContextValue } from "./context-value.js";
export type { ContextOptions, DetachOptions } from "./options.js";
export { openContexts } from "./open.js";
export { currentContext, detach, runInContext } from "./run.js";
export type { ContextTraceEvent } from "./tracing.js";
