import type { ContainerModuleLoadOptions } from "inversify";
import type { ContainerScopes } from "./container-scopes.js";

const SCOPES = Symbol.for("inversify-scopes/module-scopes/1");

/** Adds to what modules are given into which container they are loaded. */
export function tellScopes(scopes: ContainerScopes): Readonly<Record<typeof SCOPES, ContainerScopes>> {
  return { [SCOPES]: scopes };
}

/** Of the container into which a module is loaded; `undefined` without the plugin, where class scopes would pass in silence. */
export function scopesOfLoad(options: ContainerModuleLoadOptions): ContainerScopes | undefined {
  return (options as { readonly [SCOPES]?: ContainerScopes })[SCOPES];
}
