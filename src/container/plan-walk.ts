import type { Dependent } from "../context/dependents.js";
import { targetOf } from "../proxy/registry.js";
import type { PlanBindingNode, PlanServiceNode } from "./inversify-types.js";

/** What inversify plans to resolve for a binding before it makes an instance. */
export function dependenciesOf(node: PlanBindingNode): PlanServiceNode[] {
  const nodes: (object | undefined)[] = [
    ...(node.constructorParams ?? []),
    ...(node.propertyParams?.values() ?? []),
    ...(node.params ?? []),
    node.redirection,
    redirectionBefore82(node),
  ];
  // A constructor parameter without injection has a node without a service or, before inversify 8.2, none.
  return nodes.filter(
    (dependency): dependency is PlanServiceNode => dependency !== undefined && "serviceIdentifier" in dependency,
  );
}

/** Before inversify 8.2 an alias has no node for the service that it stands for, only that service's bindings. */
function redirectionBefore82({ binding, redirections }: PlanBindingNode): PlanServiceNode | undefined {
  if (redirections === undefined) return undefined;
  return { serviceIdentifier: binding.targetServiceIdentifier!, bindings: [...redirections] };
}

/** The scoped services whose proxies are injected by a plan, directly or into what is made for it by stock bindings. */
export function heldBy(root: PlanServiceNode): Dependent[] {
  const held = new Set<Dependent>();
  const seen = new Set<PlanServiceNode>([root]);
  for (const { bindings } of seen) {
    for (const node of [bindings ?? []].flat()) {
      const dependent = targetOf(node.binding.value)?.dependent;
      if (dependent !== undefined) held.add(dependent);
      for (const dependency of dependenciesOf(node)) seen.add(dependency);
    }
  }
  return [...held];
}
