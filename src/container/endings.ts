import type { Dependent } from "../context/dependents.js";
import { type Ending, EndingOrder } from "../context/ending-order.js";
import type { ScopedService } from "../scopes/binding/scoped-service.js";

/** The end of a service whose binding is gone. */
export class ServiceEnding implements Ending {
  readonly service: ScopedService;
  /** Resolves when the service has ended, also if that failed; never rejects. */
  readonly over: Promise<void>;
  isOver = false;
  /** The errors of the end. */
  readonly errors: unknown[] = [];
  #resolve!: () => void;
  #hasBegun = false;

  readonly #drainMs: (() => number) | undefined;

  constructor(service: ScopedService, drainMs: (() => number) | undefined) {
    this.service = service;
    this.#drainMs = drainMs;
    this.over = new Promise((resolve) => (this.#resolve = resolve));
  }

  get dependent(): Dependent {
    return this.service.dependent;
  }

  /** Ends the service; synchronously, if nothing of it takes time. */
  begin(): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    try {
      const closing = this.service.close(this.#drainMs?.());
      if (closing === undefined) this.#done();
      else
        closing.then(
          () => this.#done(),
          (error: unknown) => this.#failed(error),
        );
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    this.errors.push(error);
    this.#done();
  }

  #done(): void {
    this.isOver = true;
    this.#resolve();
  }
}

/** Ends services, each after those that hold it. Unrelated ones do not wait for each other: they begin in the order of ending. */
export function endInOrder(endings: readonly ServiceEnding[]): void {
  // A service that was never made has nothing that others could use.
  for (const ending of endings) if (ending.service.instances.madeAt === 0) ending.begin();
  const made = endings.filter(({ service }) => service.instances.madeAt > 0);
  advance(new EndingOrder(made.toSorted((a, b) => b.service.instances.madeAt - a.service.instances.madeAt)));
}

function advance(order: EndingOrder<ServiceEnding>): void {
  for (let place = order.next(); place !== undefined; place = order.next()) {
    const now = place;
    now.ending.begin();
    if (now.ending.isOver) order.ended(now);
    else
      void now.ending.over.then(() => {
        order.ended(now);
        advance(order);
      });
  }
}
