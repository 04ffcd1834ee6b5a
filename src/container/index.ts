export { ScopedContainer, ScopesPlugin } from "./plugin.js";
export { scopedModule } from "./scoped-module.js";
