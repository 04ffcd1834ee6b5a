import { FactoryFrame } from "../context/factory-frame.js";
import { enter } from "../context/enter.js";
import { als, type Current } from "../context/store.js";
import { isHidden } from "./constraint-view.js";
import type { InversifyBinding, PlanServiceNode } from "./inversify-types.js";
import { bindingNodes, dependenciesOf } from "./plan-walk.js";
import { serviceName } from "./service-name.js";

/** A plan's own method, by which inversify resolves one service. Older plans have none, and nothing is framed. */
type Resolve = (params: unknown) => unknown;
interface Resolvable {
  resolve: Resolve;
}

/**
 * Lets the stock singletons of a plan be made outside every context, as shared instances are. Otherwise such an instance would keep
 * what it learns from the first context for all later ones. Its touches are refused as in a factory of ours.
 */
export function frameSingletons(root: PlanServiceNode): void {
  const seen = new Set<PlanServiceNode>([root]);
  for (const node of seen) {
    const bindings = bindingNodes(node);
    for (const each of bindings) for (const dependency of dependenciesOf(each)) seen.add(dependency);
    const [only] = bindings;
    if (bindings.length === 1 && "resolve" in node) frame(node as unknown as Resolvable, only!.binding);
  }
}

function frame(node: Resolvable, binding: InversifyBinding): void {
  const { scope, type, cache, serviceIdentifier } = binding;
  if (scope !== "Singleton" || !MADE.has(type) || cache?.isRight !== false || isHidden(serviceIdentifier)) return;
  const resolve: Resolve = node.resolve.bind(node);
  node.resolve = (params) => {
    const store = binding.cache!.isRight ? undefined : als.getStore();
    if (store === undefined || store.state === "outside") return resolve(params);
    return enter(new FactoryFrame(serviceName(serviceIdentifier), store.construction), callWith, resolve, params);
  };
}

const MADE = new Set<InversifyBinding["type"]>(["DynamicValue", "Instance", "ResolvedValue"]);

function callWith(_: Current, resolve: Resolve, params: unknown): unknown {
  return resolve(params);
}
