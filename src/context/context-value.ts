import type { Context } from "./context.js";

/** Known to all copies of the package: a pair made by one may be given to a context of another. */
const MARK = Symbol.for("inversify-scopes/context-value/1");

/** A value for one service, to be given to a context; made by `contextValue`. */
export class ContextValue {
  /** The service, for messages. */
  readonly service: string;
  /** The number of the service's cell in a context's table. */
  readonly slot: number;
  /** The object that the service means in the context. */
  readonly value: object;

  constructor(service: string, slot: number, value: object) {
    this.service = service;
    this.slot = slot;
    this.value = value;
  }
}

Object.defineProperty(ContextValue.prototype, MARK, { value: true });

export function isContextValue(value: unknown): value is ContextValue {
  return typeof value === "object" && value !== null && MARK in value;
}

/** The first value whose service has an earlier value in the list. */
export function givenTwice(values: readonly ContextValue[]): ContextValue | undefined {
  return values.find(({ slot }, i) => values.findIndex((other) => other.slot === slot) < i);
}

/** The value that a context sees: its own, or that of the nearest context around it. */
export function valueIn(context: Context, slot: number): object | undefined {
  for (let one: Context | undefined = context; one !== undefined; one = one.parent) {
    const value = one.entry(slot);
    if (value !== undefined) return value as object;
  }
  return undefined;
}

/** Gives a context those values that it does not see yet. */
export function giveMissing(context: Context, values: readonly ContextValue[]): void {
  for (const { slot, value } of values) if (valueIn(context, slot) === undefined) context.give(slot, value);
}
