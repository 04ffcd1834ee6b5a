import type { Context } from "../context/context.js";
import { InnerStore } from "../context/inner-store.js";
import type { OutsideFrame } from "../context/outside.js";
import { als } from "../context/store.js";
import { ScopeError } from "../errors.js";

/** An instance that is being made; knows whose completion its factory awaits. */
export class Making {
  /** Few factories touch anything. */
  waitsFor: Set<Making> | undefined = undefined;
  isDone = false;
  readonly service: string;

  constructor(service: string) {
    this.service = service;
  }

  waitFor(touched: Making): void {
    (this.waitsFor ??= new Set()).add(touched);
  }

  /** It is made, or has failed: nothing waits in it any more. */
  done(): void {
    this.isDone = true;
    this.waitsFor = undefined;
  }
}

/** The factory whose synchronous part runs. */
let active: Making | undefined;

/** Runs a factory, so that what it touches is known to be touched by it; also after its first `await`. */
export function whileMaking<M extends Making, A extends unknown[], R>(
  making: M,
  factory: (making: M, ...args: A) => R,
  ...args: A
): R {
  const outer = active;
  active = making;
  outer?.waitFor(making);
  try {
    return factory(making, ...args);
  } finally {
    active = outer;
    outer?.waitsFor?.delete(making);
  }
}

/** The factory from which we are called, in its synchronous part or, where the storage knows, later. */
function currentMaking(): Making | undefined {
  const making = active ?? (als.getStore()?.making as Making | undefined);
  // What a factory has started may go on long after it; then nothing waits for it.
  return making?.isDone === true ? undefined : making;
}

/** Lets the frame in which a shared instance is made say so, for what its factory touches after its first `await`. */
export function tellStore(making: Making): void {
  (als.getStore() as OutsideFrame).making = making;
}

/**
 * The store of now, that is a context's, but tells that a factory runs. Only for factories known to be asynchronous: the
 * synchronous part of the others is seen without.
 */
export function storeOfFactory(making: Making): InnerStore {
  const store = als.getStore() as Context | InnerStore;
  return new InnerStore(store.context, making, store.call);
}

/**
 * Called when something is touched that is being made.
 *
 * @throws ScopeError `SCOPE_CYCLE` with the path, if the one who touches is what it waits for
 */
export function assertNoCycle(touched: Making): void {
  const toucher = currentMaking();
  if (toucher === undefined) return;
  const path = pathBetween(touched, toucher);
  if (path === undefined) return;
  const names = [...path.map(({ service }) => service), touched.service];
  throw new ScopeError(
    "SCOPE_CYCLE",
    `${names.join(" → ")}: each needs the next one to be made. Inject the proxy and touch it later, not in the factory, ` +
      `the constructor or @postConstruct.`,
    { service: touched.service },
  );
}

/** The factory that touches will wait for what is touched. */
export function noteWaiting(touched: Making): void {
  currentMaking()?.waitFor(touched);
}

function pathBetween(from: Making, to: Making, seen = new Set<Making>()): Making[] | undefined {
  if (from === to) return [from];
  if (seen.has(from)) return undefined;
  seen.add(from);
  for (const next of from.waitsFor ?? []) {
    const rest = pathBetween(next, to, seen);
    if (rest !== undefined) return [from, ...rest];
  }
  return undefined;
}
