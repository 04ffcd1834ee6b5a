import type { ServiceIdentifier } from "inversify";
import { oneLine } from "../../base/one-line.js";
import { show } from "../../base/show.js";
import { type ScopedBinding, scopedBindingBy } from "../scoped-binding.js";
import { publicIdentifier } from "../constraint-view.js";
import type { ContainerScopes } from "../container-scopes.js";
import { forgottenProvider } from "../forgotten-providers.js";
import type { InversifyBinding, InversifyClass, PlanBindingNode, PlanServiceNode } from "../inversify-types.js";
import { bindingNodes, dependenciesOf, isInjected } from "../plan-walk.js";
import { providerOf } from "../providers.js";
import { serviceName } from "../service-name.js";

/** One binding as inversify plans it. */
export interface GraphNode {
  readonly binding: InversifyBinding;
  /** What is behind its proxy, if the binding is in a scope of ours. */
  readonly scoped: ScopedBinding | undefined;
  /** As messages and diagrams call it. */
  readonly name: string;
  /** A scope of ours or of inversify's; or, in its place, `constant`, `factory`, `alias`. */
  readonly scope: string;
  /** What an instance is given when it is made, in the order of the plan; proxies of scoped services, too. */
  readonly dependencies: Set<GraphNode>;
  /** What its factory touches when it runs: the provider of a provider method. */
  readonly touched: Set<GraphNode>;
  /** Its class, if that is a provider class whose methods are not bound. */
  readonly forgotten: InversifyClass | undefined;
  /** The dependencies, by the number of the parameter or by the name of the property. */
  readonly injected: Map<PropertyKey, GraphNode>;
  /** The names of methods that inversify calls before the instance is there. */
  postConstruct: ReadonlySet<PropertyKey>;
  /** The names of methods that inversify calls at its end. */
  preDestroy: ReadonlySet<PropertyKey>;
  /** Why it cannot be planned. */
  problem: Error | undefined;
}

/**
 * The bindings of a container, and those of its parents on which they depend, with what inversify plans to inject into each.
 * Nothing is resolved, so that it is not known what a dynamic value asks for when it runs.
 */
export function readGraph(scopes: ContainerScopes): GraphNode[] {
  return new GraphReader(scopes).read();
}

class GraphReader {
  readonly #scopes: ContainerScopes;
  readonly #nodes = new Map<number, GraphNode>();
  readonly #planned = new Set<PlanBindingNode>();

  constructor(scopes: ContainerScopes) {
    this.#scopes = scopes;
  }

  read(): GraphNode[] {
    const own = this.#ownBindings();
    for (const binding of own) this.#node(binding);
    for (const service of new Set(own.map(({ serviceIdentifier }) => serviceIdentifier))) this.#readStock(service);
    for (const binding of own) {
      const node = this.#node(binding);
      if (node.scoped !== undefined) this.#readHidden(node, node.scoped);
      else this.#readUnplanned(node);
    }
    return [...this.#nodes.values()];
  }

  #ownBindings(): InversifyBinding[] {
    const { bindingService } = this.#scopes.inversify;
    return [...bindingService.getNonParentBoundServices()]
      .filter((service) => publicIdentifier(service) === service)
      .flatMap((service) => [...bindingService.getNonParentBindings(service)!]);
  }

  #node(binding: InversifyBinding): GraphNode {
    let node = this.#nodes.get(binding.id);
    if (node === undefined) {
      node = newNode(this.#scopes, binding);
      this.#nodes.set(binding.id, node);
    }
    return node;
  }

  /** Reads all bindings of a service that need no name, tag or parent. */
  #readStock(service: ServiceIdentifier): void {
    try {
      for (const planned of bindingNodes(this.#scopes.planning.all(service))) this.#walk(planned);
    } catch (error) {
      // One of several bindings may be the culprit: `#readUnplanned` tries each by itself.
      for (const node of this.#nodes.values()) {
        if (node.binding.serviceIdentifier === service && node.scoped === undefined) node.problem = error as Error;
      }
    }
  }

  /** What a scoped service's instances are given. */
  #readHidden(node: GraphNode, { hiddenBinding, details }: ScopedBinding): void {
    try {
      for (const planned of bindingNodes(
        this.#scopes.planning.one(hiddenBinding.ensureBound(), hiddenBinding.request),
      )) {
        this.#walk(planned, node);
      }
    } catch (error) {
      node.problem = error as Error;
    }
    const provider = providerOf(details.factory);
    if (provider !== undefined) this.#addTouched(node, provider.service);
  }

  /** The provider is injected into the factory, which calls it, and not into what it makes. */
  #addTouched(node: GraphNode, service: ServiceIdentifier): void {
    for (const dependency of node.dependencies) {
      if (dependency.binding.serviceIdentifier === service) node.dependencies.delete(dependency);
    }
    for (const binding of this.#scopes.inversify.bindingService.get(service) ?? []) {
      const { targetServiceIdentifier } = binding;
      if (targetServiceIdentifier === undefined) node.touched.add(this.#node(binding));
      else this.#addTouched(node, targetServiceIdentifier);
    }
  }

  /** Reads a class that is found only by a name, a tag or a parent: plans it by itself, under a hidden identifier. */
  #readUnplanned(node: GraphNode): void {
    const { implementationType, serviceIdentifier, id } = node.binding;
    if (implementationType === undefined || [...this.#planned].some(({ binding }) => binding.id === id)) return;
    const { hidden, planning } = this.#scopes;
    const identifier = hidden.take(serviceIdentifier, node.name);
    hidden.bind(identifier, (syntax) => syntax.to(implementationType as never));
    try {
      for (const planned of bindingNodes(planning.one(identifier, undefined))) this.#walk(planned, node);
    } catch (error) {
      node.problem = error as Error;
    } finally {
      hidden.giveBack(identifier, node.name);
    }
  }

  #walk(planned: PlanBindingNode, node = this.#node(planned.binding)): GraphNode {
    if (this.#planned.has(planned)) return node;
    this.#planned.add(planned);
    // It could be planned here. (A scoped binding has a plan of its own, and keeps its problem.)
    if (node.scoped === undefined) node.problem = undefined;
    if (planned.classMetadata !== undefined) {
      node.postConstruct = planned.classMetadata.lifecycle.postConstructMethodNames;
      node.preDestroy = planned.classMetadata.lifecycle.preDestroyMethodNames;
    }
    for (const [key, dependency] of injectedBy(planned)) {
      for (const found of bindingNodes(dependency)) node.injected.set(key, this.#node(found.binding));
    }
    for (const dependency of dependenciesOf(planned)) {
      for (const found of bindingNodes(dependency)) node.dependencies.add(this.#walk(found));
    }
    return node;
  }
}

/** What a plan injects, by the number of the parameter or by the name of the property. */
function* injectedBy({
  constructorParams,
  params,
  propertyParams,
}: PlanBindingNode): Generator<[PropertyKey, PlanServiceNode]> {
  for (const [i, dependency] of [...(constructorParams ?? params ?? [])].entries()) {
    if (isInjected(dependency)) yield [i, dependency];
  }
  yield* propertyParams ?? [];
}

function newNode(scopes: ContainerScopes, binding: InversifyBinding): GraphNode {
  const scoped = scopedBindingBy(binding);
  const { factory, shape = binding.implementationType } = scoped?.details ?? {};
  return {
    binding,
    scoped,
    name: nameOf(binding, scoped),
    scope: scopeOf(binding, scoped),
    dependencies: new Set(),
    touched: new Set(),
    injected: new Map(),
    forgotten: factory === undefined ? forgottenProvider(scopes, binding, shape) : undefined,
    postConstruct: new Set(),
    preDestroy: new Set(),
    problem: undefined,
  };
}

function nameOf({ serviceIdentifier }: InversifyBinding, scoped: ScopedBinding | undefined): string {
  const name = oneLine(scoped?.service.name ?? serviceName(serviceIdentifier));
  const { name: named, tag } = scoped?.hiddenBinding.request ?? {};
  if (named !== undefined) return `${name} "${textOf(named)}"`;
  return tag === undefined ? name : `${name} ${textOf(tag.key)}=${textOf(tag.value)}`;
}

/** A name or a tag may be any value. */
function textOf(value: unknown): string {
  return typeof value === "string" ? oneLine(value) : show(value);
}

function scopeOf({ type, scope }: InversifyBinding, scoped: ScopedBinding | undefined): string {
  if (scoped !== undefined) return scoped.service.scope.name;
  if (type === "ConstantValue") return "constant";
  if (type === "Factory") return "factory";
  if (type === "ServiceRedirection") return "alias";
  return scope!.toLowerCase();
}

/**
 * The instances that are injected as they are, and those injected into them, each with its path. Proxies are left out, and
 * singletons answer for what they hold.
 */
export function* realDependencies(
  node: GraphNode,
  path: readonly GraphNode[] = [],
  seen = new Set<GraphNode>(),
): Generator<GraphNode[]> {
  for (const dependency of node.dependencies) {
    if (dependency.scoped !== undefined || seen.has(dependency)) continue;
    seen.add(dependency);
    const further = [...path, dependency];
    yield further;
    if (dependency.scope !== "singleton") yield* realDependencies(dependency, further, seen);
  }
}
