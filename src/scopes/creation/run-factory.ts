import { claimStack } from "../../base/claim-stack.js";
import { enterByRun } from "../../context/enter.js";
import { FactoryFrame } from "../../context/factory-frame.js";
import { InnerStore } from "../../context/inner-store.js";
import { als, type Current, type StoreInContext } from "../../context/store.js";
import type { CreateOptions, Service } from "../scope.js";
import { active, type Construction, enterConstruction } from "./creation-graph.js";

/**
 * Runs the factory of a shared or pooled instance outside every context, in a frame of its own. The frame tells what the factory
 * touches after its first `await`, and what is called back long after it.
 *
 * The frame is entered and left here, and not by `als.run`: the fewer calls there are, the longer may a chain of factories be
 * that touch each other.
 */
export function runFactory(
  construction: Construction,
  service: Service,
  n: number,
  options?: CreateOptions,
): object | Promise<object> {
  const outer = active.construction;
  const before = als.getStore();
  claimStack();
  try {
    enterConstruction(construction);
    als.enterWith(new FactoryFrame(construction.service, construction));
    return service.create(n, options);
  } finally {
    active.construction = outer;
    als.enterWith(before);
    outer?.waitsFor?.delete(construction);
  }
}

/** Runs a factory where it is asked for: in a context, outside every context, or in the factory of what outlives contexts. */
export function runFactoryHere<R>(construction: Construction, factory: () => R): R {
  const outer = enterConstruction(construction);
  try {
    return enterByRun(storeHere(construction), callIt<R>, factory, undefined);
  } finally {
    active.construction = outer;
    outer?.waitsFor?.delete(construction);
  }
}

function callIt<R>(_: Current, factory: () => R): R {
  return factory();
}

/**
 * The current store, which is a context's, with the note that a factory runs. Only for factories known to be asynchronous:
 * {@link active} tells of the synchronous part of any factory.
 */
export function storeOfFactory(construction: Construction): InnerStore {
  const store = als.getStore() as StoreInContext;
  return new InnerStore(store.context, construction, store.call, store.transaction);
}

function storeHere(construction: Construction): InnerStore | FactoryFrame {
  const store = als.getStore();
  if (store === undefined) return new FactoryFrame(undefined, construction);
  return store.state === "outside" ? new FactoryFrame(store.service, construction) : storeOfFactory(construction);
}
