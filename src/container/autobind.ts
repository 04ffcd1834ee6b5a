import { classScopeOf } from "./class-scope.js";
import { isHidden, isOurs } from "./constraint-view.js";
import type { InversifyBinding, InversifyClass, PlanServiceNode } from "./inversify-types.js";
import { oneLine } from "../one-line.js";
import { dependenciesOf } from "./plan-walk.js";
import { serviceName } from "./service-name.js";

const warned = new WeakSet<InversifyClass>();

/**
 * The class of a stock binding that ignores the scope with which the class is decorated, though nobody said so: one that
 * `autobind` made, or that was bound before the plugin was registered.
 */
export function classWithIgnoredScope({
  implementationType,
  isSatisfiedBy,
  serviceIdentifier,
}: InversifyBinding): InversifyClass | undefined {
  if (implementationType === undefined || classScopeOf(implementationType) === undefined) return undefined;
  if (isHidden(serviceIdentifier)) return undefined; // how a scope makes its instances
  return isSatisfiedBy !== undefined && isOurs(isSatisfiedBy) ? undefined : implementationType;
}

export function ignoredScopeText(decorated: InversifyClass): string {
  const name = oneLine(serviceName(decorated));
  const scope = oneLine(classScopeOf(decorated)!.name);
  return (
    `${name} is decorated with the scope "${scope}", but was resolved by a stock ` +
    `binding: autobind ignores class scopes, and so do bindings made before the ScopesPlugin was registered. ` +
    `Say container.bind(${name}).toSelf(), or container.load(scopedModule(${name})).`
  );
}

/** Tells of them when they are planned, once for each class: each user would get an instance of his own. */
export function warnOfIgnoredScopes(root: PlanServiceNode): void {
  const seen = new Set<PlanServiceNode>();
  const visit = (node: PlanServiceNode): void => {
    if (seen.has(node)) return;
    seen.add(node);
    for (const bindingNode of [node.bindings ?? []].flat()) {
      const decorated = classWithIgnoredScope(bindingNode.binding);
      if (decorated !== undefined && !warned.has(decorated)) {
        warned.add(decorated);
        process.emitWarning(ignoredScopeText(decorated), { type: "ScopesWarning", code: "IGNORED_CLASS_SCOPE" });
      }
      for (const dependency of dependenciesOf(bindingNode)) visit(dependency);
    }
  };
  visit(root);
}
