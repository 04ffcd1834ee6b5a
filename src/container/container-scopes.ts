import type { Container, ServiceIdentifier } from "inversify";
import { ScopeError } from "../base/errors.js";
import { invalidOption } from "../base/options.js";
import type { ScopedService } from "../scopes/binding/scoped-service.js";
import { StillLeased } from "../scopes/pooled/still-leased.js";
import { warnOfIgnoredScopes } from "./autobind.js";
import { type BoundScope, boundScopeBy, boundScopeOf } from "./bound-scope.js";
import { showPublicIdentifiers } from "./constraint-view.js";
import { noteCopy, refuseOtherCopy } from "./copies.js";
import type { ServiceEnding } from "./endings.js";
import { Handlers } from "./handlers.js";
import { HiddenIdentifiers } from "./hidden-identifiers.js";
import type { InversifyServices, PlanResult, PlanServiceNode } from "./inversify-types.js";
import { forgottenProviders, forgottenText } from "./loaded.js";
import { isOfConstant, plannedBindings } from "./plan-walk.js";
import { Planning } from "./planning.js";
import { Removal } from "./removal.js";
import { frameSingletons } from "./stock-singletons.js";
import { Resolutions } from "./resolutions.js";

/** What the plugin keeps for one container. */
export class ContainerScopes {
  readonly inversify: InversifyServices;
  readonly hidden: HiddenIdentifiers;
  readonly planning: Planning;
  readonly resolutions: Resolutions;
  readonly handlers = new Handlers();
  /** Classes whose provider methods a module has bound here. */
  readonly providers = new WeakSet<object>();
  /** Services that are bound no more. */
  readonly ended = new StillLeased<ScopedService>();
  /** Those of them that have not ended. */
  readonly endings = new Map<ScopedService, ServiceEnding>();
  /** inversify's own, from before the plugin shadowed it. */
  readonly unbindStock: Container["unbind"];
  /** The same. */
  readonly bindStock: Container["bind"];
  readonly #unbindAllStock: Container["unbindAllAsync"];
  /** Of a parent of which we know: bindings of its are in our plans. */
  parent: ContainerScopes | undefined;
  #changes = 0;
  /** Counts up whenever inversify may have lost the hidden bindings. */
  generation = 0;

  constructor(container: Container, inversify: InversifyServices) {
    this.inversify = inversify;
    this.resolutions = new Resolutions(inversify, () => this.changes);
    this.hidden = new HiddenIdentifiers(container, inversify, this.resolutions);
    this.planning = new Planning(container, inversify);
    this.unbindStock = container.unbind.bind(container);
    this.bindStock = container.bind.bind(container);
    this.#unbindAllStock = container.unbindAllAsync.bind(container);
    for (const service of inversify.bindingService.getNonParentBoundServices()) {
      showPublicIdentifiers(inversify.bindingService.getNonParentBindings(service)!);
    }
  }

  /** Higher whenever bindings have come or gone, and plans may be others. */
  get changes(): number {
    return this.#changes + (this.parent?.changes ?? 0);
  }

  changed(): void {
    this.#changes++;
  }

  /** Sees every plan that inversify makes. */
  onPlan(result: PlanResult): void {
    const { root } = result.tree;
    // As every proxy is.
    if (!isOfConstant(root)) {
      if (!this.planning.isPlanning) this.#refuseForgotten(root);
      warnOfIgnoredScopes(root);
      frameSingletons(root);
    }
    this.planning.planned(result);
  }

  /** Each time, and not only when it is planned. */
  #refuseForgotten(root: PlanServiceNode): void {
    for (const binding of plannedBindings(root)) {
      const provider = forgottenProviders(this, binding);
      if (provider === undefined) continue;
      this.inversify.planResultCacheService.clearCache();
      throw new ScopeError("INVALID_OPTION", forgottenText(provider), { service: provider.name });
    }
  }

  /** Every scoped binding of this very container. */
  *boundScopes(): Generator<BoundScope> {
    for (const identifier of [...this.inversify.bindingService.getNonParentBoundServices()]) {
      yield* this.boundScopesOf(identifier);
    }
  }

  /** The scoped bindings of one service in this very container. */
  *boundScopesOf(identifier: ServiceIdentifier): Generator<BoundScope> {
    for (const binding of this.inversify.bindingService.getNonParentBindings(identifier) ?? []) {
      const bound = boundScopeBy(binding);
      if (bound !== undefined) yield bound;
    }
  }

  /**
   * Whether a value that inversify activates or deactivates is the proxy of a scoped service, whose handlers concern its real
   * instances; not where this container holds it as a constant of its own.
   */
  isStandIn(identifier: ServiceIdentifier, value: unknown): boolean {
    const bound = boundScopeOf(value);
    if (bound?.identifier !== identifier) return false;
    const own = [...(this.inversify.bindingService.getNonParentBindings(identifier) ?? [])];
    return !own.some((binding) => binding.value === value && binding.id !== bound.bindingId);
  }

  /** The scoped bindings that `unbind` is asked to remove. */
  boundScopesToUnbind(identifier: ServiceIdentifier | { readonly id: number }): Iterable<BoundScope> {
    if (typeof identifier !== "object") return this.boundScopesOf(identifier);
    const [binding] = this.inversify.bindingService.getById(identifier.id) ?? [];
    return binding === undefined ? [] : this.boundScopesOf(binding.serviceIdentifier);
  }

  /**
   * Does what removes bindings at once, and ends the services that are gone after it. What takes time goes on by itself,
   * as leased instances do until they come back.
   */
  removing<R>(candidates: Iterable<BoundScope>, remove: () => R): R {
    const removal = new Removal(candidates, this);
    let result: R;
    try {
      result = this.handlers.change(remove);
    } catch (error) {
      removal.failed(error);
      throw error;
    } finally {
      this.changed();
    }
    removal.endRemoved();
    removal.notAwaited();
    return result;
  }

  /** Ends all services. @param drainMs - see {@link Source.close}, for whoever does not wait for leases to come back */
  async endAll(drainMs?: () => number): Promise<void> {
    try {
      await this.removingAsync(this.boundScopes(), this.#unbindAllStock, drainMs);
    } finally {
      // Those that were unbound before.
      if (drainMs !== undefined) await Promise.all(this.ended.all().map(async (service) => service.close(drainMs())));
    }
  }

  /** Does what removes bindings and may take time, and waits for the ends of the services that are gone. */
  async removingAsync<R>(
    candidates: Iterable<BoundScope>,
    remove: () => Promise<R>,
    drainMs?: () => number,
  ): Promise<R> {
    const removal = new Removal(candidates, this, drainMs);
    const removing = this.handlers.changeLater(remove);
    // Mostly it is done already, and nobody should meet a proxy between its binding's end and its own.
    removal.endRemoved();
    let result: R;
    try {
      result = await removing;
    } catch (error) {
      removal.notAwaited();
      throw error;
    } finally {
      this.changed();
    }
    removal.endRemoved();
    await removal.awaited();
    return result;
  }

  /** Does what brings bindings back and takes others away without a word, and tells the services concerned. */
  restoring(restore: () => void): void {
    this.removing(this.boundScopes(), () => {
      restore();
      this.hidden.clear();
      this.generation++;
    });
    for (const { service, recipe } of this.boundScopes()) {
      // It may still wait for the end of what holds it.
      this.endings.get(service)?.begin();
      recipe.remains();
      service.reopen();
    }
  }
}

const containers = new WeakMap<Container, ContainerScopes>();

export function scopesOf(container: Container): ContainerScopes | undefined {
  return containers.get(container);
}

export function registerContainer(container: Container, scopes: ContainerScopes): void {
  containers.set(container, scopes);
  noteCopy(container);
}

/** A container, also one of `@inversifyjs/strongly-typed`, which has other types for the same methods. */
export type AnyContainer = Pick<Container, "register" | "restore" | "snapshot" | "unbindAll">;

/** @throws ScopeError `INVALID_OPTION` if the container lacks the plugin */
export function expectScopes(caller: string, container: AnyContainer): ContainerScopes {
  const scopes = scopesOf(container as Container);
  if (scopes !== undefined) return scopes;
  refuseOtherCopy(caller, container as Container);
  const text = "a Container with the ScopesPlugin. Say container.register(ScopesPlugin) before anything is bound";
  throw invalidOption(caller, "container", container, text);
}
