import type { ServiceIdentifier } from "inversify";
import { classScopeOf } from "./class-scope.js";
import { isHidden, isOurs } from "./constraint-view.js";
import type { InversifyBinding, InversifyClass, PlanServiceNode } from "./inversify-types.js";
import { oneLine } from "../base/one-line.js";
import { serviceName } from "./service-name.js";
import { plannedBindings } from "./plan-walk.js";

const warned = new WeakSet<InversifyClass>();

/** The class with a scope of which a stock binding makes instances: its own, or the one that it is bound for. */
export function decoratedClassOf({
  implementationType,
  serviceIdentifier,
  type,
}: InversifyBinding): InversifyClass | undefined {
  if (!MAKES.has(type)) return undefined;
  const classes = [implementationType, serviceIdentifier] as (InversifyClass | undefined)[];
  return classes.find((known) => typeof known === "function" && classScopeOf(known) !== undefined);
}
const MAKES = new Set<InversifyBinding["type"]>(["Instance", "DynamicValue", "ResolvedValue"]);

/**
 * The class of a stock binding that ignores the scope with which the class is decorated, though nobody said so: one that
 * `autobind` made, or that was bound before the plugin was registered.
 */
export function classWithIgnoredScope(binding: InversifyBinding): InversifyClass | undefined {
  const { isSatisfiedBy, serviceIdentifier } = binding;
  if (isHidden(serviceIdentifier)) return undefined; // how a scope makes its instances
  return isSatisfiedBy !== undefined && isOurs(isSatisfiedBy) ? undefined : decoratedClassOf(binding);
}

export function ignoredScopeText(decorated: InversifyClass): string {
  const name = oneLine(serviceName(decorated as unknown as ServiceIdentifier));
  const scope = oneLine(classScopeOf(decorated)!.name);
  return (
    `${name} is decorated with the scope "${scope}", but was resolved by a stock ` +
    `binding: autobind ignores class scopes, and so do bindings made before the ScopesPlugin was registered. ` +
    `Say container.bind(${name}).toSelf(), or container.load(scopedModule(${name})).`
  );
}

/** Tells of them when they are planned, once for each class: each user would get an instance of his own. */
export function warnOfIgnoredScopes(root: PlanServiceNode): void {
  for (const binding of plannedBindings(root)) {
    const decorated = classWithIgnoredScope(binding);
    if (decorated === undefined || warned.has(decorated)) continue;
    warned.add(decorated);
    process.emitWarning(ignoredScopeText(decorated), { type: "ScopesWarning", code: "IGNORED_CLASS_SCOPE" });
  }
}
