import type { ContainerModuleLoadOptions } from "inversify";
import type { ContainerScopes } from "./container-scopes.js";

const SCOPES = Symbol.for("inversify-scopes/module-scopes/1");

/** Tells a module into which container it is loaded: an addition to the options that it gets. */
export function tellScopes(scopes: ContainerScopes): Readonly<Record<typeof SCOPES, ContainerScopes>> {
  return { [SCOPES]: scopes };
}

/** The container into which a module is loaded; `undefined` without the plugin, which would silently ignore class scopes. */
export function scopesOfLoad(options: ContainerModuleLoadOptions): ContainerScopes | undefined {
  return (options as { readonly [SCOPES]?: ContainerScopes })[SCOPES];
}
