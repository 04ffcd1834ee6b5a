import type { ServiceIdentifier } from "inversify";
import { warnOf } from "../scopes/destroy-unused.js";
import type { ScopedService } from "../scopes/service.js";
import type { StillLeased } from "../scopes/still-leased.js";
import type { BoundScope } from "./bound-scope.js";

interface Bindings {
  boundScopesOf(identifier: ServiceIdentifier): Iterable<BoundScope>;
  readonly ended: StillLeased<ScopedService>;
}

/** One removal of bindings, and the ends of their services. */
export class Removal {
  /** What may be removed. */
  readonly #candidates: Set<BoundScope>;
  readonly #container: Bindings;
  readonly #ends: { readonly name: string; readonly end: Promise<void> }[] = [];

  constructor(candidates: Iterable<BoundScope>, container: Bindings) {
    this.#candidates = new Set(candidates);
    this.#container = container;
    for (const { recipe } of this.#candidates) recipe.beforeRemoval();
  }

  /** Ends the services that are bound no more. */
  endRemoved(): void {
    for (const bound of this.#candidates) {
      if (![...this.#container.boundScopesOf(bound.identifier)].includes(bound)) this.#end(bound);
    }
  }

  #end(bound: BoundScope): void {
    this.#candidates.delete(bound);
    const { service, recipe } = bound;
    recipe.removed();
    this.#ends.push({ name: service.name, end: (async () => service.close())() });
    this.#container.ended.add(service);
  }

  /** inversify threw. If it only refused to wait for a stock binding's end, it will remove the bindings after that. */
  failed(error: unknown): void {
    const goesOn = error instanceof Error && error.message.startsWith("Unexpected asynchronous deactivation");
    if (goesOn) for (const bound of this.#candidates) this.#end(bound);
    this.notAwaited();
  }

  /** It is over, and nobody waits for what the services still do at their end. */
  notAwaited(): void {
    this.#keepRest();
    for (const { name, end } of this.#ends) {
      end.catch((error: unknown) => warnOf(name, "could not be ended when it was unbound", error));
    }
  }

  /**
   * It is over; waits for what the services do at their end.
   *
   * @throws (rejects with) the one error, or an `AggregateError` of several
   */
  async awaited(): Promise<void> {
    this.#keepRest();
    const results = await Promise.allSettled(this.#ends.map(({ end }) => end));
    const errors = results.flatMap((result) => (result.status === "rejected" ? [result.reason as unknown] : []));
    if (errors.length === 1) throw errors[0];
    if (errors.length > 1) throw new AggregateError(errors, `${errors.length} services could not be ended`);
  }

  #keepRest(): void {
    for (const { recipe } of this.#candidates) recipe.remains();
  }
}
