import type { ServiceIdentifier } from "inversify";
import { circleOf } from "../context/dependents.js";
import { warnOfEnd } from "../scopes/disposal/failures.js";
import type { ScopedService } from "../scopes/binding/scoped-service.js";
import type { StillLeased } from "../scopes/pooled/still-leased.js";
import type { BoundScope } from "./bound-scope.js";
import { endInOrder, ServiceEnding } from "./endings.js";

interface Bindings {
  boundScopesOf(identifier: ServiceIdentifier): Iterable<BoundScope>;
  readonly ended: StillLeased<ScopedService>;
  readonly endings: Map<ScopedService, ServiceEnding>;
}

/** One removal of bindings, and the ends of their services. */
export class Removal {
  /** What may be removed. */
  readonly #candidates: Set<BoundScope>;
  readonly #container: Bindings;
  readonly #ends: ServiceEnding[] = [];
  readonly #drainMs: (() => number) | undefined;

  constructor(candidates: Iterable<BoundScope>, container: Bindings, drainMs?: () => number) {
    this.#drainMs = drainMs;
    this.#candidates = new Set(candidates);
    this.#container = container;
    for (const { recipe } of this.#candidates) recipe.beforeRemoval();
    // What they hold is planned as long as it is bound.
    for (const { service } of this.#candidates) if (service.instances.madeAt > 0) circleOf(service.dependent);
  }

  /** Ends the services that are bound no more, dependents first. */
  endRemoved(): void {
    this.#end(
      [...this.#candidates].filter((bound) => ![...this.#container.boundScopesOf(bound.identifier)].includes(bound)),
    );
  }

  #end(removed: readonly BoundScope[]): void {
    const endings: ServiceEnding[] = [];
    for (const bound of removed) {
      this.#candidates.delete(bound);
      const { service, recipe } = bound;
      recipe.removed();
      const ending = new ServiceEnding(service, this.#drainMs);
      endings.push(ending);
      this.#container.endings.set(service, ending);
      void ending.over.then(() => this.#container.endings.delete(service));
      this.#container.ended.add(service);
    }
    this.#ends.push(...endings);
    endInOrder(endings);
  }

  /** inversify threw. If it only refused to wait for a stock binding's end, it will remove the bindings after that. */
  failed(error: unknown): void {
    const goesOn = error instanceof Error && error.message.startsWith("Unexpected asynchronous deactivation");
    if (goesOn) this.#end([...this.#candidates]);
    this.notAwaited();
  }

  /** It is over, and nobody waits for what the services still do at their end. */
  notAwaited(): void {
    this.#keepRest();
    for (const { service, over, errors } of this.#ends) {
      void over.then(() => errors.forEach((error) => warnOfEnd(service.name, "when it was unbound", error)));
    }
  }

  /**
   * It is over; waits for what the services do at their end.
   *
   * @throws (rejects with) the one error, or an `AggregateError` of several
   */
  async awaited(): Promise<void> {
    this.#keepRest();
    await Promise.all(this.#ends.map(({ over }) => over));
    const errors = this.#ends.flatMap((ending) => ending.errors);
    if (errors.length === 1) throw errors[0];
    if (errors.length > 1) throw new AggregateError(errors, `${errors.length} services could not be ended`);
  }

  #keepRest(): void {
    for (const { recipe } of this.#candidates) recipe.remains();
  }
}
