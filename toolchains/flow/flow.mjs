/**
 * What a row of the table is measured with. Every row runs three times: with a plain AsyncLocalStorage, with `runInContext`, and with
 * `runInContext` and each callback tied by `bindToContext`.
 *
 * @module
 */
import { AsyncLocalStorage } from "node:async_hooks";

import { bindToContext, perAsyncContextScope, runInContext, scopedProxy, setFactory } from "../../dist/src/index.js";

class Who {
  name = "unset";
}
const who = scopedProxy("who", { shape: Who });
setFactory(who, () => new Who(), perAsyncContextScope());
const als = new AsyncLocalStorage();
const nobody = AsyncLocalStorage.snapshot();

const LIMIT_MS = 15_000;

/** @param way - "als", "scoped" or "tied" */
async function once(row, way, servers) {
  const { promise: over, resolve: end } = Promise.withResolvers?.() ?? withResolvers();
  const contexts = [];
  /** Opens a context, which stays open until the row is over. @returns runs a function in it */
  const context = async (name) => {
    if (way === "als") return (fn) => als.run(name, fn);
    return new Promise((resolve) => {
      contexts.push(
        runInContext({ name }, async () => {
          who.name = name;
          resolve(bindToContext((fn) => fn()));
          await over;
        }),
      );
    });
  };
  const here = () => {
    if (way === "als") return als.getStore() ?? "none";
    try {
      return who.name;
    } catch (error) {
      return error.code === "NO_CONTEXT" ? "none" : error.code;
    }
  };
  let ties = 0;
  const tie = (fn) => (ties++, way === "tied" ? bindToContext(fn) : fn);
  const cleanups = [];
  const kit = {
    A: await context("A"),
    B: await context("B"),
    C: await context("C"),
    here,
    tie,
    servers,
    /** A promise, and a callback that resolves it with where it was called. */
    spot: () => {
      const { promise, resolve } = withResolvers();
      return { promise, note: () => resolve(here()) };
    },
    /** Run in no context, when the row is over. */
    cleanup: (fn) => cleanups.unshift(fn),
  };
  try {
    const seen = await Promise.race([row.run(kit), late()]);
    return way === "tied" && ties === 0 ? undefined : seen;
  } finally {
    for (const fn of cleanups) await nobody(() => Promise.race([fn(), late()]).catch(() => {}));
    end();
    await Promise.all(contexts);
  }
}

function late() {
  return new Promise((_, reject) => setTimeout(reject, LIMIT_MS, new Error("no answer")).unref());
}

export function withResolvers() {
  let resolve;
  let reject;
  const promise = new Promise((res, rej) => ([resolve, reject] = [res, rej]));
  return { promise, resolve, reject };
}

/** @returns where it ran, by way; or why it could not be measured */
export async function measure(row, servers) {
  const seen = {};
  for (const way of ["als", "scoped", "tied"]) {
    try {
      seen[way] = await once(row, way, servers);
    } catch (error) {
      seen[way] = `not measured: ${String(error?.message ?? error).split("\n", 1)[0]}`;
    }
  }
  return seen;
}
