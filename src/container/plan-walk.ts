import type { PlanBindingNode, PlanServiceNode } from "./inversify-types.js";

/** What inversify plans to resolve for a binding before it makes an instance. */
export function dependenciesOf(node: PlanBindingNode): PlanServiceNode[] {
  const nodes: (object | undefined)[] = [
    ...(node.constructorParams ?? []),
    ...(node.propertyParams?.values() ?? []),
    ...(node.params ?? []),
    ...(node.redirection === undefined ? [] : [node.redirection]),
  ];
  // A constructor parameter without injection has a node without a service or, before inversify 8.2, none.
  return nodes.filter(
    (dependency): dependency is PlanServiceNode => dependency !== undefined && "serviceIdentifier" in dependency,
  );
}
