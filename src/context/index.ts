export { bindToContext } from "./bind.js";
export type { AsyncContext, ContextState } from "./context.js";
export type { ContextOptions, DetachOptions } from "./options.js";
export { currentContext, detach, runInContext } from "./run.js";
