export type { AnyContainer } from "./container-scopes.js";
export { diagram } from "./wiring/diagram.js";
export { ScopedContainer, ScopesPlugin } from "./plugin.js";
export { pools } from "./pools.js";
export { shutdown, type ShutdownOptions } from "./shutdown.js";
export { scopedModule } from "./scoped-module.js";
export { verify, type VerifyOptions } from "./wiring/verify.js";
