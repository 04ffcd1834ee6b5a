import type { Container, ResolutionContext } from "inversify";
import type { Dependent } from "../context/dependents.js";
import { isConstructing, noteAcquired } from "../scopes/creation/creation-graph.js";
import type { InversifyServices, PlanOptions, PlanServiceNode } from "./inversify-types.js";
import { heldBy } from "./plan-walk.js";

/** What resolves services: a container, or the context that factories get. */
type Resolver = Pick<ResolutionContext, "get" | "getAll" | "getAsync" | "getAllAsync">;

type Resolve = (service: never, options?: object) => unknown;

/** Notes what the factories of scoped services take from the container: the instance that they make holds those scoped services. */
export class Resolutions {
  readonly #inversify: InversifyServices;
  readonly #held = new WeakMap<PlanServiceNode, { readonly at: number; readonly held: readonly Dependent[] }>();
  readonly #noting = new WeakMap<ResolutionContext, ResolutionContext>();
  /** Rises whenever plans may change. */
  readonly #changes: () => number;

  constructor(inversify: InversifyServices, changes: () => number) {
    this.#inversify = inversify;
    this.#changes = changes;
  }

  /** A factory's context that notes what is taken through it. One context always gives the same. */
  contextOf(context: ResolutionContext): ResolutionContext {
    let noting = this.#noting.get(context);
    if (noting === undefined) {
      noting = { ...context, ...this.methodsOf(context) };
      this.#noting.set(context, noting);
    }
    return noting;
  }

  /** A resolver's methods that note what is taken through them. */
  methodsOf(resolver: Resolver | Container): Resolver {
    const methods = { get: false, getAll: true, getAsync: false, getAllAsync: true } as const;
    return Object.fromEntries(
      Object.entries(methods).map(([name, isMultiple]) => {
        const resolve = resolver[name as keyof Resolver].bind(resolver);
        return [name, this.#noted(resolve, isMultiple)];
      }),
    ) as unknown as Resolver;
  }

  #noted(resolve: Resolve, isMultiple: boolean): Resolve {
    return (serviceIdentifier, options) => {
      const resolved = resolve(serviceIdentifier, options);
      if (isConstructing()) this.#note({ optional: false, ...options, isMultiple, serviceIdentifier });
      return resolved;
    };
  }

  #note(options: PlanOptions): void {
    const plan = this.#inversify.planResultCacheService.get(
      options.isMultiple ? { chained: false, ...options } : options,
    );
    if (plan === undefined) return;
    for (const held of this.#heldBy(plan.tree.root)) noteAcquired(held);
  }

  #heldBy(root: PlanServiceNode): readonly Dependent[] {
    const at = this.#changes();
    let known = this.#held.get(root);
    if (known?.at !== at) this.#held.set(root, (known = { at, held: heldBy(root) }));
    return known.held;
  }
}
