import { AsyncLocalStorage, AsyncResource } from "node:async_hooks";
import { als, type Current } from "./store.js";

/**
 * Runs `work` with a store of ours current in it and in all that it begins. `work` is given the store and two arguments of
 * its own, so that no closure need be made.
 */
export type Enter = <S extends Current, A, B, R>(store: S, work: (store: S, a: A, b: B) => R, a: A, b: B) => R;

/** The store is put in its place, and afterwards the one before it. */
export const enterByRun: Enter = (store, work, a, b) => als.run(store, work, store, a, b);

/**
 * Where Node keeps all stores in one immutable frame (AsyncContextFrame), `als.run` copies that twice: to put the store in,
 * and to put the one before in again. A resource remembers the frame in which it was made, and brings back the one that was
 * there before it ran, so that one copy will do: a quarter to a half of the time. Elsewhere it takes twice the time.
 *
 * What `enterWith` of another storage does in the work stays there, as behind any callback; by `als.run` it comes out.
 */
export const enterByResource: Enter = (store, work, a, b) =>
  new AsyncResource("inversify-scopes").runInAsyncScope(inStore<typeof store>, undefined, store, work, a, b) as never;

function inStore<S extends Current>(
  store: S,
  work: (store: S, a: unknown, b: unknown) => unknown,
  a: unknown,
  b: unknown,
) {
  als.enterWith(store);
  return work(store, a, b);
}

/** Whether Node keeps stores in frames: then a resource that runs again knows nothing of what was entered in it before. */
export function keepsFrames(): boolean {
  const probe = new AsyncLocalStorage<true>();
  const resource = new AsyncResource("inversify-scopes");
  resource.runInAsyncScope(() => probe.enterWith(true));
  const isFrame = resource.runInAsyncScope(() => probe.getStore()) === undefined;
  probe.disable();
  return isFrame;
}

/** Of the two ways, the one for this kind of Node. */
export function fasterWay(hasFrames: boolean): Enter {
  return hasFrames ? enterByResource : enterByRun;
}

export const enter = fasterWay(keepsFrames());
