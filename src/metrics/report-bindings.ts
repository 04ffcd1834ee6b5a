import type { ContainerScopes } from "../container/container-scopes.js";
import { oneLine } from "../base/one-line.js";
import { type GraphNode, readGraph } from "../container/wiring/graph.js";

/** A binding, and what inversify plans to inject into its instances. */
export interface BindingReport {
  /** Stays the same as long as the binding is there. */
  readonly id: number;
  /** The name of the service. */
  readonly service: string;
  /** A scope of the library or of inversify, or what there is instead: `constant`, `factory`, `alias`. */
  readonly scope: string;
  /** What is injected into its instances, or made by its methods. */
  readonly edges: readonly {
    /** The other binding. */
    readonly to: number;
    /** `proxy`: that is injected here lazily; `instance`: it is injected itself; `makes`: this class's methods make it. */
    readonly how: "proxy" | "instance" | "makes";
  }[];
}

/** The last report of each container: it takes time to ask inversify for its plans, and they change seldom. */
const known = new WeakMap<ContainerScopes, { readonly changes: number; readonly bindings: readonly BindingReport[] }>();

export function reportBindings(scopes: ContainerScopes): readonly BindingReport[] {
  const before = known.get(scopes);
  if (before?.changes === scopes.changes) return before.bindings;
  const bindings = read(readGraph(scopes));
  known.set(scopes, { changes: scopes.changes, bindings });
  return bindings;
}

function read(nodes: readonly GraphNode[]): BindingReport[] {
  const edges = new Map(nodes.map(({ binding }) => [binding.id, [] as BindingReport["edges"][number][]]));
  for (const { binding, dependencies, touched } of nodes) {
    for (const dependency of dependencies) {
      const how = dependency.scoped === undefined ? "instance" : "proxy";
      edges.get(binding.id)!.push({ to: dependency.binding.id, how });
    }
    for (const provider of touched) edges.get(provider.binding.id)!.push({ to: binding.id, how: "makes" });
  }
  // The user names scopes of his own.
  return nodes.map(({ binding: { id }, name, scope }) => ({
    id,
    service: name,
    scope: oneLine(scope),
    edges: edges.get(id)!,
  }));
}
