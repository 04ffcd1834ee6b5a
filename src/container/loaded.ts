import type { GetOptions, ServiceIdentifier } from "inversify";
import type { ScopedBinding } from "./scoped-binding.js";
import type { ContainerScopes } from "./container-scopes.js";
import { madeTwice } from "./errors.js";
import { serviceName } from "./service-name.js";

/** A binding that a scoped module makes. */
export interface Loading {
  readonly service: ServiceIdentifier;
  readonly request: GetOptions | undefined;
  /** The class or the method that makes the instances, as messages call it. */
  readonly by: string;
}

/** The class or the method behind each binding of a scoped module. */
const loadedBy = new WeakMap<ScopedBinding, string>();

/** Notes a binding that a scoped module has made. */
export function tellLoaded(scopes: ContainerScopes, { service, by }: Loading, bindingId: number): void {
  for (const scoped of scopes.scopedBindingsOf(service)) if (scoped.bindingId === bindingId) loadedBy.set(scoped, by);
}

/**
 * Refuses a second binding for one service, which inversify would call ambiguous at the first use.
 *
 * @throws ScopeError `INVALID_OPTION`, naming both
 */
export function refuseTwice(scopes: ContainerScopes, loading: readonly Loading[]): void {
  for (const [i, { service, request, by }] of loading.entries()) {
    const within = loading.slice(0, i).find((other) => other.service === service && overlap(other.request, request));
    const before = [...scopes.scopedBindingsOf(service)].find(
      (scoped) => loadedBy.has(scoped) && overlap(scoped.hiddenBinding.request, request),
    );
    if (within === undefined && before === undefined) continue;
    throw madeTwice(serviceName(service), by, within?.by ?? `${loadedBy.get(before!)!}, which is loaded already`);
  }
}

/** Whether one request finds both bindings. Every request finds a binding without name and tag. */
function overlap(one: GetOptions | undefined, other: GetOptions | undefined): boolean {
  if (one === undefined || other === undefined) return true;
  return one.name === other.name && one.tag?.key === other.tag?.key && one.tag?.value === other.tag?.value;
}
