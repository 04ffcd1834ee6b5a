import { AsyncLocalStorage } from "node:async_hooks";
import { newFrame } from "../base/async-frame.js";
import { claimStack } from "../base/claim-stack.js";
import { als, type Current } from "./store.js";

/**
 * Runs `work` with a store of ours, current in it and in all that it begins. `work` gets the store and two arguments, so that it
 * needs no closure.
 */
export type Enter = <S extends Current, A, B, R>(store: S, work: (store: S, a: A, b: B) => R, a: A, b: B) => R;

/** By `als.run`: it sets the store, and afterwards the one before. */
export const enterByRun: Enter = (store, work, a, b) => {
  claimStack();
  return als.run(store, work, store, a, b);
};

/**
 * By an AsyncResource. Where Node keeps all stores in one immutable frame (AsyncContextFrame), `als.run` copies the frame twice:
 * to set the store, and to set the one before again. A resource remembers the frame in which it was made, and brings back the
 * frame from before it ran, so that one copy is enough: it takes a quarter to a half of the time. On other Nodes it takes twice
 * the time.
 *
 * What `enterWith` of another storage sets in the work stays inside, as with any callback; through `als.run` it comes out.
 */
export const enterByResource: Enter = (store, work, a, b) => {
  claimStack();
  return newFrame().runInAsyncScope(inStore<typeof store>, undefined, store, work, a, b) as never;
};

function inStore<S extends Current>(
  store: S,
  work: (store: S, a: unknown, b: unknown) => unknown,
  a: unknown,
  b: unknown,
) {
  als.enterWith(store);
  return work(store, a, b);
}

/** Whether Node keeps stores in frames. If so, a resource that runs again has forgotten what was entered in its first run. */
export function keepsFrames(): boolean {
  const probe = new AsyncLocalStorage<true>();
  const resource = newFrame();
  resource.runInAsyncScope(() => probe.enterWith(true));
  const isFrame = resource.runInAsyncScope(() => probe.getStore()) === undefined;
  probe.disable();
  return isFrame;
}

/** The faster of the two ways on this kind of Node. */
export function fasterWay(hasFrames: boolean): Enter {
  return hasFrames ? enterByResource : enterByRun;
}

export const enter = fasterWay(keepsFrames());
