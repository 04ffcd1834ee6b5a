import { type AsyncContext, currentContext, openContexts, poolOf, ScopedContainer } from "inversify-scopes";
import { expect } from "chai";
import { expectNoLeases } from "inversify-scopes/testing";

import { eventually } from "./connection.js";

/** What a context has of its own. */
export class Visit {
  readonly context = currentContext()!.name;
}

/** A connection that is used by one context at a time, or complains. */
export class Connection {
  #user: string | undefined;
  async query(text = "rows"): Promise<string> {
    const { id, name } = currentContext()!;
    const user = `${name} #${id}`;
    if (this.#user !== undefined && this.#user !== user) throw new Error(`${user} meets ${this.#user}`);
    this.#user = user;
    await new Promise((resolve) => setImmediate(resolve));
    return text;
  }
  reset(): void {
    this.#user = undefined;
  }
}

/** A container whose contexts are counted, and in which nothing may be left. */
export class World {
  readonly container = new ScopedContainer();
  /** What other tests have left open is not this one's. */
  readonly #before = new Set(openContexts());
  readonly begun: string[] = [];
  readonly ended: string[] = [];
  readonly visit: Visit;
  readonly connection: Connection;

  constructor(maxSize = 4) {
    const { container, begun, ended } = this;
    container
      .bind(Visit)
      .toDynamicValue(() => {
        const visit = new Visit();
        begun.push(visit.context);
        return visit;
      })
      .inPerAsyncContextScope({ destroy: ({ context }) => void ended.push(context) });
    container
      .bind(Connection)
      .toSelf()
      .inPooledScope({ maxSize, onRelease: (connection) => connection.reset() });
    this.visit = container.get(Visit);
    this.connection = container.get(Connection);
  }

  /** The contexts that are open, of those that have begun since. */
  get open(): AsyncContext[] {
    return openContexts().filter((context) => !this.#before.has(context));
  }

  /** The context that is current, seen by its instance. */
  get here(): string {
    return this.visit.context;
  }

  /** Waits until every context that was begun has ended, and sees that nothing is left. */
  async expectAllEnded(count = this.begun.length): Promise<void> {
    await eventually(`${count} contexts ended, not ${this.ended.length} of ${this.begun.length}`, () => {
      return this.begun.length >= count && this.ended.length === this.begun.length;
    });
    expect(this.begun).to.have.length(count);
    // What a client that has left still used goes back when its call has settled.
    await eventually("all given back", () => poolOf(this.connection).stats().draining === 0);
    expectNoLeases(this.container);
  }
}
