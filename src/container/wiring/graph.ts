import type { ServiceIdentifier } from "inversify";
import { oneLine } from "../../base/one-line.js";
import { show } from "../../base/show.js";
import { type BoundScope, boundScopeBy } from "../bound-scope.js";
import { publicIdentifier } from "../constraint-view.js";
import type { ContainerScopes } from "../container-scopes.js";
import type { InversifyBinding, InversifyClass, PlanBindingNode, PlanServiceNode } from "../inversify-types.js";
import { forgottenProviders } from "../loaded.js";
import { dependenciesOf } from "../plan-walk.js";
import { providerOf } from "../providers.js";
import { serviceName } from "../service-name.js";

/** One binding as inversify plans it. */
export interface GraphNode {
  readonly binding: InversifyBinding;
  /** Where the binding is in a scope of ours: what its instances get, others get through the proxy. */
  readonly bound: BoundScope | undefined;
  /** As messages and diagrams call it. */
  readonly name: string;
  /** A scope of ours or of inversify's, or what there is instead: a constant, a factory, an alias. */
  readonly scope: string;
  /** What an instance is given when it is made, in the order of the plan; proxies of scoped services too. */
  readonly dependencies: Set<GraphNode>;
  /** What its factory touches when it runs: the provider of a provider method. */
  readonly touched: Set<GraphNode>;
  /** Its class makes services that are not bound. */
  readonly forgotten: InversifyClass | undefined;
  /** The same by the number of a parameter, and by the name of a property. */
  readonly injected: Map<PropertyKey, GraphNode>;
  /** Names of methods that run before an instance is there. */
  postConstruct: ReadonlySet<PropertyKey>;
  /** Names of methods that end one. */
  preDestroy: ReadonlySet<PropertyKey>;
  /** Why it cannot be planned. */
  problem: Error | undefined;
}

/**
 * The bindings of a container, and those of its parents that they depend on, with what inversify plans to inject into
 * each. Nothing is resolved. What a dynamic value asks for when it runs cannot be known.
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
      if (node.bound !== undefined) this.#readRecipe(node, node.bound);
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

  /** All bindings of a service that can be had without a name, a tag or a parent. */
  #readStock(service: ServiceIdentifier): void {
    try {
      for (const planned of bindingNodes(this.#scopes.planning.all(service))) this.#walk(planned);
    } catch (error) {
      // One binding of several may be the culprit: each is tried by itself, see below.
      for (const node of this.#nodes.values()) {
        if (node.binding.serviceIdentifier === service && node.bound === undefined) node.problem = error as Error;
      }
    }
  }

  /** What the instances of a scoped service get. */
  #readRecipe(node: GraphNode, { recipe, facts }: BoundScope): void {
    try {
      for (const planned of bindingNodes(this.#scopes.planning.one(recipe.bound(), recipe.request))) {
        this.#walk(planned, node);
      }
    } catch (error) {
      node.problem = error as Error;
    }
    const provider = providerOf(facts.factory);
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

  /** A class that is found only under a name, a tag or a parent: planned by itself, under a hidden identifier. */
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
    // Whoever asks for a stock binding may provide what it lacks; a recipe of ours has a plan of its own.
    if (node.bound === undefined) node.problem = undefined;
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

function bindingNodes({ bindings }: PlanServiceNode): PlanBindingNode[] {
  return [bindings ?? []].flat();
}

/** What a plan puts into parameters and properties. */
function* injectedBy({
  constructorParams,
  params,
  propertyParams,
}: PlanBindingNode): Generator<[PropertyKey, PlanServiceNode]> {
  for (const [i, dependency] of [...(constructorParams ?? params ?? [])].entries()) {
    // A parameter without injection has a node without a service or, before inversify 8.2, none.
    if (dependency !== undefined && "serviceIdentifier" in dependency) yield [i, dependency as PlanServiceNode];
  }
  yield* propertyParams ?? [];
}

function newNode(scopes: ContainerScopes, binding: InversifyBinding): GraphNode {
  const bound = boundScopeBy(binding);
  const { factory, shape = binding.implementationType } = bound?.facts ?? {};
  return {
    binding,
    bound,
    name: nameOf(binding, bound),
    scope: scopeOf(binding, bound),
    dependencies: new Set(),
    touched: new Set(),
    injected: new Map(),
    forgotten: factory === undefined ? forgottenProviders(scopes, binding, shape) : undefined,
    postConstruct: new Set(),
    preDestroy: new Set(),
    problem: undefined,
  };
}

function nameOf({ serviceIdentifier }: InversifyBinding, bound: BoundScope | undefined): string {
  const name = oneLine(bound?.service.name ?? serviceName(serviceIdentifier));
  const { name: named, tag } = bound?.recipe.request ?? {};
  if (named !== undefined) return `${name} "${textOf(named)}"`;
  return tag === undefined ? name : `${name} ${textOf(tag.key)}=${textOf(tag.value)}`;
}

/** Not every object can be made a string. */
function textOf(value: unknown): string {
  return typeof value === "string" ? oneLine(value) : show(value);
}

function scopeOf({ type, scope }: InversifyBinding, bound: BoundScope | undefined): string {
  if (bound !== undefined) return bound.service.scope.name;
  if (type === "ConstantValue") return "constant";
  if (type === "Factory") return "factory";
  if (type === "ServiceRedirection") return "alias";
  return scope!.toLowerCase();
}
