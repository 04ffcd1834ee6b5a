import { classScopeOf } from "./class-scope.js";
import { isHidden, isOurs } from "./constraint-view.js";
import { warnOfIgnoredScope } from "./errors.js";
import type { InversifyBinding, InversifyClass, PlanServiceNode } from "./inversify-types.js";
import { plannedBindings } from "./plan-walk.js";

const warned = new WeakSet<InversifyClass>();

/** The decorated class whose instances a stock binding makes: the class that it makes, or the one for which it is bound. */
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
 * The decorated class of a stock binding that ignores the class's scope, though the user has not said so: `autobind` made the
 * binding, or it was made before the plugin was registered.
 */
export function classWithIgnoredScope(binding: InversifyBinding): InversifyClass | undefined {
  const { isSatisfiedBy, serviceIdentifier } = binding;
  if (isHidden(serviceIdentifier)) return undefined; // by which a scope makes its instances
  return isSatisfiedBy !== undefined && isOurs(isSatisfiedBy) ? undefined : decoratedClassOf(binding);
}

/** Warns once for each such class in a plan: everything that needs it would get an instance of its own. */
export function warnOfIgnoredScopes(root: PlanServiceNode): void {
  for (const binding of plannedBindings(root)) {
    const decorated = classWithIgnoredScope(binding);
    if (decorated === undefined || warned.has(decorated)) continue;
    warned.add(decorated);
    warnOfIgnoredScope(decorated);
  }
}
