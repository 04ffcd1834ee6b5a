import type { BindingConstraints, GetOptionsTagConstraint, MetadataName, ServiceIdentifier } from "inversify";
import { scopedBindingOf } from "../container/scoped-binding.js";
import { type AnyContainer, type ContainerScopes, expectScopes } from "../container/container-scopes.js";
import { serviceName } from "../container/service-name.js";
import { type Allowed, checkRecord, invalidOption, isIdentifier } from "../base/options.js";
import { show } from "../base/show.js";
import type { ScopedService } from "../scopes/binding/scoped-service.js";

/** Which of a service's bindings are meant, if there are several. Default: all. */
export interface BindingChoice {
  /** The bindings that `container.get(service, { name })` would find. */
  readonly name?: MetadataName | undefined;
  /** The bindings that `container.get(service, { tag })` would find. */
  readonly tag?: GetOptionsTagConstraint | undefined;
}

const CHOICE: Readonly<Record<keyof BindingChoice, Allowed>> = {
  name: { test: (value) => typeof value !== "object" && typeof value !== "function", text: "a name" },
  tag: { test: (value) => typeof value === "object" && value !== null && "key" in value, text: "{ key, value }" },
};

/**
 * The scoped bindings of a service, also those behind `toService`.
 *
 * @throws ScopeError `INVALID_OPTION` if there are none
 */
export function scopedServices(
  caller: string,
  container: AnyContainer,
  identifier: ServiceIdentifier,
  choice: BindingChoice,
): ScopedService[] {
  checkRecord(caller, choice, CHOICE);
  if (!isIdentifier(identifier)) throw invalidOption(caller, "service", identifier, "a class, a symbol or a string");
  const scopes = expectScopes(caller, container);
  const found = [...servicesOf(scopes, identifier, choice)];
  if (found.length === 0) {
    for (const key of ["name", "tag"] as const) refuseUnmatched(caller, scopes, identifier, choice, key);
    const text =
      "one that is bound in one of the library's scopes in this container. Bind it with .inSharedScope(), or use " +
      "container.rebind";
    throw invalidOption(caller, "service", serviceName(identifier), text);
  }
  return found;
}

/** There are bindings, but none has this name or tag: names those that there are. */
function refuseUnmatched(
  caller: string,
  scopes: ContainerScopes,
  identifier: ServiceIdentifier,
  choice: BindingChoice,
  key: "name" | "tag",
): void {
  const others = [...servicesOf(scopes, identifier, {})];
  if (choice[key] === undefined || others.length === 0) return;
  const requests = [...scopes.scopedBindingsOf(identifier)].map(({ hiddenBinding }) => hiddenBinding.request);
  const known = requests.flatMap((request) => (request?.[key] === undefined ? [] : [textOf(request[key])]));
  const text = known.length === 0 ? `left out: no binding here has a ${key}` : `that of a binding: ${known.join(", ")}`;
  throw invalidOption(`${caller}: ${serviceName(identifier)}`, key, choice[key], text);
}

function textOf(asked: unknown): string {
  const { key, value } = Object(asked) as { readonly key?: unknown; readonly value?: unknown };
  return typeof asked === "object" ? `${show(key)}=${show(value)}` : show(asked);
}

function* servicesOf(
  scopes: ContainerScopes,
  service: ServiceIdentifier,
  choice: BindingChoice,
): Generator<ScopedService> {
  const isChosen = constraintOf(service, choice);
  for (const binding of scopes.inversify.bindingService.get(service) ?? []) {
    if (!isChosen(binding)) continue;
    const scoped = scopedBindingOf(binding.value);
    if (scoped !== undefined) yield scoped.service;
    if (binding.targetServiceIdentifier !== undefined)
      yield* servicesOf(scopes, binding.targetServiceIdentifier, choice);
  }
}

interface Constrained {
  readonly isSatisfiedBy: (constraints: BindingConstraints) => boolean;
}

function constraintOf(service: ServiceIdentifier, { name, tag }: BindingChoice): (binding: Constrained) => boolean {
  if (name === undefined && tag === undefined) return () => true;
  const tags = new Map(tag === undefined ? [] : [[tag.key, tag.value]]);
  const asked: BindingConstraints = { serviceIdentifier: service, name, tags, getAncestor: () => undefined };
  return (binding) => binding.isSatisfiedBy(asked);
}
