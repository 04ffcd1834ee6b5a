import type { Dependent } from "../context/dependents.js";
import { targetOf } from "../proxy/registry.js";
import type { InversifyBinding, PlanBindingNode, PlanServiceNode } from "./inversify-types.js";

/** The dependencies that inversify plans to resolve before it makes an instance. */
export function dependenciesOf(node: PlanBindingNode): PlanServiceNode[] {
  const nodes: (object | undefined)[] = [
    ...(node.constructorParams ?? []),
    ...(node.propertyParams?.values() ?? []),
    ...(node.params ?? []),
    node.redirection,
    redirectionBefore82(node),
  ];
  // For a parameter without injection there is a node without a service or, before inversify 8.2, no node.
  return nodes.filter(
    (dependency): dependency is PlanServiceNode => dependency !== undefined && "serviceIdentifier" in dependency,
  );
}

/** Before inversify 8.2, an alias has no node for its service, only that service's bindings. */
function redirectionBefore82({ binding, redirections }: PlanBindingNode): PlanServiceNode | undefined {
  if (redirections === undefined) return undefined;
  return { serviceIdentifier: binding.targetServiceIdentifier!, bindings: [...redirections] };
}

/** The scoped services whose proxies a plan injects, also into what stock bindings make for it. */
export function heldBy(root: PlanServiceNode): Dependent[] {
  const held = [...plannedBindings(root)].map(({ value }) => targetOf(value)?.dependent);
  return [...new Set(held.filter((dependent) => dependent !== undefined))];
}

/** Whether a plan only gives a constant. */
export function isOfConstant({ bindings }: PlanServiceNode): boolean {
  return bindings !== undefined && !Array.isArray(bindings) && bindings.binding.type === "ConstantValue";
}

/** Every binding of a plan, breadth first, each once. */
export function* plannedBindings(root: PlanServiceNode): Generator<InversifyBinding> {
  const seen = new Set<PlanServiceNode>([root]);
  for (const { bindings } of seen) {
    for (const node of [bindings ?? []].flat()) {
      yield node.binding;
      for (const dependency of dependenciesOf(node)) seen.add(dependency);
    }
  }
}
