import type { Dependent } from "../context/dependents.js";
import { targetOf } from "../proxy/registry.js";
import type { InversifyBinding, PlanBindingNode, PlanServiceNode } from "./inversify-types.js";

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
  const held = [...plannedBindings(root)].map(({ value }) => targetOf(value)?.dependent);
  return [...new Set(held.filter((dependent) => dependent !== undefined))];
}

/** Whether a plan is that of one value that is there, and nothing needs to be made. */
export function isOfConstant({ bindings }: PlanServiceNode): boolean {
  return bindings !== undefined && !Array.isArray(bindings) && bindings.binding.type === "ConstantValue";
}

/** Every binding of a plan, breadth first; what several need is there once. */
export function* plannedBindings(root: PlanServiceNode): Generator<InversifyBinding> {
  const seen = new Set<PlanServiceNode>([root]);
  for (const { bindings } of seen) {
    for (const node of [bindings ?? []].flat()) {
      yield node.binding;
      for (const dependency of dependenciesOf(node)) seen.add(dependency);
    }
  }
}
