import { FactoryFrame } from "../context/factory-frame.js";
import { enter } from "../context/enter.js";
import { als, type Current } from "../context/store.js";
import { isHidden } from "./constraint-view.js";
import type { InversifyBinding, PlanServiceNode } from "./inversify-types.js";
import { dependenciesOf } from "./plan-walk.js";
import { serviceName } from "./service-name.js";

/** How inversify resolves what it has planned for one service; older plans have no such method, and nothing is framed. */
type Resolve = (params: unknown) => unknown;
interface Resolvable {
  resolve: Resolve;
}

/**
 * Lets stock singletons of a plan be made outside every context, as shared instances are: what such an instance learns from the
 * context that happens to need it first, it would keep for all later ones. Touches are refused as in a factory of ours.
 */
export function frameSingletons(root: PlanServiceNode): void {
  const seen = new Set<PlanServiceNode>([root]);
  for (const node of seen) {
    const bindings = [node.bindings ?? []].flat();
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
