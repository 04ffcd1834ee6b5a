export type { AnyContainer } from "./container-scopes.js";
export { diagram } from "./diagram.js";
export type { Finding } from "./findings.js";
export { ScopedContainer, ScopesPlugin } from "./plugin.js";
export { pools } from "./pools.js";
export { scopedModule } from "./scoped-module.js";
export { verify, type VerifyOptions, WiringError } from "./verify.js";
