import type { Container, ServiceIdentifier } from "inversify";
import type { ScopedService } from "../scopes/binding/scoped-service.js";
import { newStamps } from "../base/stamps.js";
import { bindingPoolsBehind } from "../scopes/pooled/pool-of.js";
import { StillLeased } from "../scopes/pooled/still-leased.js";
import { warnOfIgnoredScopes } from "./autobind.js";
import { type ScopedBinding, scopedBindingBy, scopedBindingOf } from "./scoped-binding.js";
import { showPublicIdentifiers } from "./constraint-view.js";
import { noteCopy, refuseOtherCopy } from "./copies.js";
import type { ServiceEnding } from "./endings.js";
import { endsFailed, methodsNotBound, noPlugin } from "./errors.js";
import { forgottenProvider } from "./forgotten-providers.js";
import { Handlers } from "./handlers.js";
import { HiddenIdentifiers } from "./hidden-identifiers.js";
import type { InversifyServices, PlanResult, PlanServiceNode } from "./inversify-types.js";
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
  /** The classes whose provider methods a module has bound here. */
  readonly providers = new WeakSet<object>();
  /** Services whose bindings are gone. */
  readonly ended = new StillLeased<ScopedService>();
  /** The services among them that have not ended yet. */
  readonly endings = new Map<ScopedService, ServiceEnding>();
  // inversify's own methods, which the plugin shadows.
  readonly unbindStock: Container["unbind"];
  readonly bindStock: Container["bind"];
  readonly #unbindAllStock: Container["unbindAllAsync"];
  /** The parent's, if the parent is known: our plans contain bindings of it. */
  parent: ContainerScopes | undefined;
  #changes = 0;
  /** Rises whenever inversify may have lost the hidden bindings. */
  generation = 0;
  /** No plan was made that may contain a binding of this container: none here, and there is no child. */
  isUnplanned = false;
  /** All services were ended together, and nothing has been bound since. */
  isAllOver = false;

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

  /** Rises whenever bindings come or go, and plans may change. */
  get changes(): number {
    return this.#changes + (this.parent?.changes ?? 0);
  }

  changed(): void {
    this.#changes++;
  }

  /** The container has just been made: from now on it is seen when its bindings may be in plans. */
  watchPlans(): void {
    const cache = this.inversify.planResultCacheService;
    this.isUnplanned = true;
    cache.subscribe = (child) => {
      this.isUnplanned = false;
      Reflect.deleteProperty(cache, "subscribe");
      cache.subscribe(child);
    };
  }

  /** Sees every plan that inversify makes. */
  onPlan(result: PlanResult): void {
    this.isUnplanned = false;
    const { root } = result.tree;
    // Every proxy is a constant.
    if (!isOfConstant(root)) {
      if (!this.planning.isPlanning) this.#refuseForgotten(root);
      warnOfIgnoredScopes(root);
      frameSingletons(root);
    }
    this.planning.planned(result);
  }

  /** Refuses each resolution, not only the first one: a cached plan would pass. */
  #refuseForgotten(root: PlanServiceNode): void {
    for (const binding of plannedBindings(root)) {
      const provider = forgottenProvider(this, binding);
      if (provider === undefined) continue;
      this.inversify.planResultCacheService.clearCache();
      throw methodsNotBound(provider);
    }
  }

  /** The scoped bindings of this container, without those of its parents. */
  *scopedBindings(): Generator<ScopedBinding> {
    for (const identifier of [...this.inversify.bindingService.getNonParentBoundServices()]) {
      yield* this.scopedBindingsOf(identifier);
    }
  }

  /** The scoped bindings of one service in this container. */
  *scopedBindingsOf(identifier: ServiceIdentifier): Generator<ScopedBinding> {
    for (const binding of this.inversify.bindingService.getNonParentBindings(identifier) ?? []) {
      const scoped = scopedBindingBy(binding);
      if (scoped !== undefined) yield scoped;
    }
  }

  /**
   * Whether a value that inversify activates or deactivates is a scoped service's proxy, for which no handler is meant: handlers are
   * for real instances. A proxy that this container has bound as a constant is a value like any other.
   */
  isProxyOf(identifier: ServiceIdentifier, value: unknown): boolean {
    const scoped = scopedBindingOf(value);
    if (scoped?.identifier !== identifier) return false;
    const own = [...(this.inversify.bindingService.getNonParentBindings(identifier) ?? [])];
    return !own.some((binding) => binding.value === value && binding.id !== scoped.bindingId);
  }

  /** The scoped bindings that `unbind` would remove. */
  scopedBindingsToUnbind(identifier: ServiceIdentifier | { readonly id: number }): Iterable<ScopedBinding> {
    if (typeof identifier !== "object") return this.scopedBindingsOf(identifier);
    const [binding] = this.inversify.bindingService.getById(identifier.id) ?? [];
    return binding === undefined ? [] : this.scopedBindingsOf(binding.serviceIdentifier);
  }

  /**
   * Removes bindings synchronously, and ends the services that are then gone. An end that takes time goes on by itself: leased
   * instances end when they come back.
   *
   * @param candidates - the bindings that may go
   * @param remove - inversify's own method
   */
  removing<R>(candidates: Iterable<ScopedBinding>, remove: () => R): R {
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

  /** Ends all services, as far as that takes no time. */
  endAllNow(unbindAll: () => void): void {
    this.isAllOver = true;
    this.removing(this.scopedBindings(), unbindAll);
  }

  /** Ends all services. @param drainMs - for `shutdown`, which does not wait until leases come back; see {@link Source.close} */
  async endAll(drainMs?: () => number): Promise<void> {
    this.isAllOver = true;
    try {
      await this.removingAsync(this.scopedBindings(), this.#unbindAllStock, drainMs);
    } finally {
      // Services that were unbound before may still have leases.
      if (drainMs !== undefined) await Promise.all(this.ended.all().map(async (service) => service.close(drainMs())));
    }
  }

  /** The services that are ending do so sooner: what is draining may go on for so long only. */
  hurry(drainMs: number): void {
    for (const service of this.ended.all())
      for (const pool of service.sources().flatMap(bindingPoolsBehind)) pool.hurry(drainMs);
  }

  /** Removes bindings, which may take time, and waits for the ends of the services that are then gone. */
  async removingAsync<R>(
    candidates: Iterable<ScopedBinding>,
    remove: () => Promise<R>,
    drainMs?: () => number,
  ): Promise<R> {
    const removal = new Removal(candidates, this, drainMs);
    const removing = this.handlers.changeLater(remove);
    // Mostly the bindings are gone by now. A proxy should not outlive its binding.
    removal.endRemoved();
    let result: R;
    try {
      result = await removing;
    } catch (error) {
      if (drainMs === undefined) {
        removal.notAwaited();
        throw error;
      }
      // inversify unbinds nothing after a deactivation that fails. The process ends, so ours end all the same.
      for (const { bindingId } of [...this.scopedBindings()]) this.inversify.bindingService.removeById(bindingId);
      this.inversify.planResultCacheService.clearCache();
      removal.endRemoved();
      throw endsFailed([error, ...(await removal.errors())]);
    } finally {
      this.changed();
    }
    removal.endRemoved();
    await removal.awaited();
    return result;
  }

  /** `restore` brings bindings back and takes others away: ends the services that are gone, and reopens those that are back. */
  restoring(restore: () => void): void {
    this.isAllOver = false;
    // What is bound now are copies, which the objects of syntax do not know.
    this.isUnplanned = false;
    this.removing(this.scopedBindings(), () => {
      restore();
      this.hidden.clear();
      this.generation++;
    });
    for (const { service, hiddenBinding } of this.scopedBindings()) {
      // Its end may still wait for what holds it.
      this.endings.get(service)?.begin();
      hiddenBinding.remains();
      service.reopen();
    }
  }
}

const containers = newStamps<ContainerScopes>();

export function scopesOf(container: Container): ContainerScopes | undefined {
  return containers.of(container);
}

export function registerContainer(container: Container, scopes: ContainerScopes): void {
  containers.put(container, scopes);
  noteCopy(container);
}

/** Any container. That of `@inversifyjs/strongly-typed` has other types for the same methods. */
export type AnyContainer = Pick<Container, "register" | "restore" | "snapshot" | "unbindAll">;

/** @throws ScopeError `INVALID_OPTION` if the container lacks the plugin */
export function expectScopes(caller: string, container: AnyContainer): ContainerScopes {
  const scopes = scopesOf(container as Container);
  if (scopes !== undefined) return scopes;
  refuseOtherCopy(caller, container as Container);
  throw noPlugin(caller, container as Container);
}
