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
  return nodes.filter(isInjected);
}

/** For a parameter without injection there is a node without a service or, before inversify 8.2, no node. */
export function isInjected(node: object | undefined): node is PlanServiceNode {
  return node !== undefined && "serviceIdentifier" in node;
}

/** The bindings that a plan has for a service: none, one or several. */
export function bindingNodes({ bindings }: PlanServiceNode): PlanBindingNode[] {
  return [bindings ?? []].flat();
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
  for (const service of seen) {
    for (const node of bindingNodes(service)) {
      yield node.binding;
      for (const dependency of dependenciesOf(node)) seen.add(dependency);
    }
  }
}
