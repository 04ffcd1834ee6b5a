import type { ServiceIdentifier } from "inversify";
import { circleOf } from "../context/dependents.js";
import { warnOfEnd } from "../scopes/disposal/failures.js";
import type { ScopedService } from "../scopes/binding/scoped-service.js";
import type { StillLeased } from "../scopes/pooled/still-leased.js";
import type { ScopedBinding } from "./scoped-binding.js";
import { endInOrder, ServiceEnding } from "./endings.js";
import { endsFailed } from "./errors.js";

/** The container, as a removal sees it. */
interface Bindings {
  scopedBindingsOf(identifier: ServiceIdentifier): Iterable<ScopedBinding>;
  readonly ended: StillLeased<ScopedService>;
  readonly endings: Map<ScopedService, ServiceEnding>;
}

/** One removal of bindings, and the ends of their services. */
export class Removal {
  /** The bindings that may be removed. */
  readonly #candidates: Set<ScopedBinding>;
  readonly #container: Bindings;
  readonly #ends: ServiceEnding[] = [];
  readonly #drainMs: (() => number) | undefined;

  constructor(candidates: Iterable<ScopedBinding>, container: Bindings, drainMs?: () => number) {
    this.#drainMs = drainMs;
    this.#candidates = new Set(candidates);
    this.#container = container;
    for (const { hiddenBinding } of this.#candidates) hiddenBinding.beforeRemoval();
    // What a service holds can be planned only while it is bound.
    for (const { service } of this.#candidates) if (service.instances.madeAt > 0) circleOf(service.dependent);
  }

  /** Ends the services whose bindings are gone, dependents first. */
  endRemoved(): void {
    this.#end(
      [...this.#candidates].filter(
        (scoped) => ![...this.#container.scopedBindingsOf(scoped.identifier)].includes(scoped),
      ),
    );
  }

  #end(removed: readonly ScopedBinding[]): void {
    const endings: ServiceEnding[] = [];
    for (const scoped of removed) {
      this.#candidates.delete(scoped);
      const { service, hiddenBinding } = scoped;
      hiddenBinding.removed();
      const ending = new ServiceEnding(service, this.#drainMs);
      endings.push(ending);
      this.#container.endings.set(service, ending);
      void ending.over.then(() => this.#container.endings.delete(service));
      this.#container.ended.add(service);
    }
    this.#ends.push(...endings);
    endInOrder(endings);
  }

  /** inversify threw. If it only refused to wait for the end of a stock binding, it will still remove the bindings. */
  failed(error: unknown): void {
    const goesOn = error instanceof Error && error.message.startsWith("Unexpected asynchronous deactivation");
    if (goesOn) this.#end([...this.#candidates]);
    this.notAwaited();
  }

  /** The removal is over, and the caller does not wait for the ends of the services: their errors are warnings. */
  notAwaited(): void {
    this.#keepRest();
    for (const { service, over, errors } of this.#ends) {
      void over.then(() => errors.forEach((error) => warnOfEnd(service.name, "when it was unbound", error)));
    }
  }

  /**
   * The removal is over: waits for the ends of the services.
   *
   * @throws (rejects with) the one error, or an `AggregateError` of several
   */
  async awaited(): Promise<void> {
    const errors = await this.errors();
    if (errors.length > 0) throw endsFailed(errors);
  }

  /** The removal is over: waits for the ends of the services, and gives back their errors. */
  async errors(): Promise<unknown[]> {
    this.#keepRest();
    await Promise.all(this.#ends.map(({ over }) => over));
    return this.#ends.flatMap((ending) => ending.errors);
  }

  #keepRest(): void {
    for (const { hiddenBinding } of this.#candidates) hiddenBinding.remains();
  }
}
