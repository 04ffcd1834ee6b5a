import type { Container, GetOptions, ServiceIdentifier } from "inversify";
import type { InversifyServices, PlanOptions, PlanResult, PlanServiceNode } from "./inversify-types.js";

/** Our plan handler throws this, so that inversify does not resolve what it has planned. */
const PLANNED = new Error("planned");

/** Gets plans from inversify that are not resolved: no user code runs but constraints. */
export class Planning {
  readonly #inversify: InversifyServices;
  readonly #get: Container["get"];
  readonly #getAll: Container["getAll"];
  /** While it is true, plans are not resolved. */
  isPlanning = false;
  #toBeTold: { readonly service: ServiceIdentifier; readonly learn: (plan: PlanServiceNode) => void } | undefined;

  constructor(container: Container, inversify: InversifyServices) {
    this.#inversify = inversify;
    this.#get = container.get.bind(container);
    this.#getAll = container.getAll.bind(container);
  }

  /** The plan of one binding. @throws inversify's error, if it cannot be planned */
  one(serviceIdentifier: ServiceIdentifier, request: GetOptions | undefined): PlanServiceNode {
    return this.#plan(optionsOfOne(serviceIdentifier, request), () =>
      this.#get(serviceIdentifier, request as undefined),
    );
  }

  /** Tells the plan of one binding: now, if there is one; else when inversify makes it, before user code runs. */
  tell(service: ServiceIdentifier, request: GetOptions | undefined, learn: (plan: PlanServiceNode) => void): void {
    const known = this.#inversify.planResultCacheService.get(optionsOfOne(service, request));
    if (known === undefined) this.#toBeTold = { service, learn };
    else learn(known.tree.root);
  }

  /** The plan of all bindings of a service that need no name, tag or parent. */
  all(serviceIdentifier: ServiceIdentifier): PlanServiceNode {
    const options = { isMultiple: true, chained: false, optional: false, serviceIdentifier };
    return this.#plan(options, () => this.#getAll(serviceIdentifier));
  }

  #plan(options: PlanOptions, resolve: () => unknown): PlanServiceNode {
    const cache = this.#inversify.planResultCacheService;
    // For a cached plan inversify would not call our handler, and user code would run.
    if (cache.get(options) === undefined) {
      this.isPlanning = true;
      try {
        resolve();
      } catch (error) {
        if (error !== PLANNED) throw error;
      } finally {
        this.isPlanning = false;
      }
    }
    return (cache.get(options) as PlanResult).tree.root;
  }

  /** inversify has made a plan, and put it into its cache. */
  planned({ tree: { root } }: PlanResult): void {
    const told = this.#toBeTold;
    // A circular import may have left `undefined` for an identifier.
    if (told !== undefined && told.service === root.serviceIdentifier) {
      this.#toBeTold = undefined;
      told.learn(root);
    }
    if (this.isPlanning) throw PLANNED;
  }
}

function optionsOfOne(serviceIdentifier: ServiceIdentifier, request: GetOptions | undefined): PlanOptions {
  return { isMultiple: false, optional: false, serviceIdentifier, name: request?.name, tag: request?.tag };
}
