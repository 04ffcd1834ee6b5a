import { valueIn } from "../context/context-value.js";
import { current } from "../context/run.js";
import { newSlot } from "../context/slot.js";
import type { ScopeError } from "../base/errors.js";
import { type Allowed, checkRecord } from "../base/options.js";
import type { Lease, Source } from "../proxy/source.js";
import { contextOfTouch } from "./context-of-touch.js";
import { notGiven } from "./errors.js";
import { BINDING_OPTIONS, type BindingOptions } from "./options.js";
import { HeldLease } from "./held-lease.js";
import type { Scope } from "./scope.js";

/**
 * The options of `toContextValue`: those of every binding that concern the proxy. The library never makes, awaits or ends such a
 * service.
 *
 * @example
 * ```ts
 * container.bind<Report>("report of the job").toContextValue({ shape: Report });
 * ```
 */
export type ContextValueOptions<T = object> = Omit<BindingOptions<T>, "defer" | "destroy" | "transactions">;

/** The scope of a service whose objects are given to contexts. */
export interface ContextValueScope extends Scope {
  /** The number of its cell in contexts' tables; it stays the same if the binding comes back. */
  readonly valueSlot: number;
}

const { shape, proxy, jitless } = BINDING_OPTIONS;
const ALLOWED: Readonly<Record<keyof ContextValueOptions, Allowed>> = { shape, proxy, jitless };

/** @throws ScopeError `INVALID_OPTION` */
export function contextValueScope(options: ContextValueOptions = {}): ContextValueScope {
  checkRecord("toContextValue", options, ALLOWED);
  const valueSlot = newSlot();
  return {
    name: "context-value",
    endsWithContext: true,
    options,
    valueSlot,
    open: ({ name }) => new ContextValueSource(name, valueSlot),
  };
}

class ContextValueSource implements Source {
  readonly slot: number;
  readonly #service: string;

  constructor(service: string, slot: number) {
    this.#service = service;
    this.slot = slot;
  }

  acquireNow(member?: PropertyKey): object {
    const context = contextOfTouch("a context value", this.#service, member);
    const own = context.entry(this.slot) as object | undefined;
    if (own !== undefined) return own;
    if (context.state === "ended") throw context.closedError(this.#service, member);
    // Nothing new is acquired, so an ending context is served, too.
    const value = valueIn(context, this.slot);
    if (value === undefined) throw this.unavailableError(member);
    context.give(this.slot, value);
    return value;
  }

  async acquire(): Promise<object> {
    return this.acquireNow();
  }

  unavailableError(member?: PropertyKey): ScopeError {
    return notGiven(this.#service, member, current()!.name);
  }

  peek(): object | undefined {
    const context = current();
    return context === undefined ? undefined : valueIn(context, this.slot);
  }

  release(): Promise<void> {
    return Promise.resolve();
  }

  async lease(): Promise<Lease<object>> {
    return new HeldLease(this.#service, await this.acquire(), nothingToEnd);
  }

  close(): void {}
}

function nothingToEnd(): void {}
