import { isPromise } from "node:util/types";
import type { ScopeError } from "../../base/errors.js";
import type { Following } from "./following.js";

const STEPS = ["next", "return", "throw"] as const;
type Step = (typeof STEPS)[number];
type Run = (...args: unknown[]) => unknown;
type AnyIterator = { [S in Step]?: unknown };

/** Any object with `next` that is its own iterator: generators, cursors, what a `Map` gives. */
export function isIterator(value: object): boolean {
  if (typeof (value as AnyIterator).next !== "function") return false;
  return [Symbol.asyncIterator, Symbol.iterator].some((key) => {
    const own = (value as Record<symbol, unknown>)[key];
    return typeof own === "function" && Reflect.apply(own, value, []) === value;
  });
}

/**
 * Follows an iterator by its steps until it is finished. The steps become own properties, as prototypes are not ours to change.
 * An iterator that takes no properties is shown as the prototype of an object that does.
 */
export function followIterator(iterator: AnyIterator, over: () => void): Following {
  const shown = Object.isExtensible(iterator) ? iterator : (Object.create(iterator) as AnyIterator);
  const isAsync = Symbol.asyncIterator in iterator;
  let lost: ScopeError | undefined;
  const ends = (step: Step, result: unknown): void => {
    const { done } = (result ?? {}) as { readonly done?: unknown };
    // After `return` the iterator is finished, unless the answer says `done: false`.
    if (step === "return" ? done !== false : done === true) over();
  };
  const follow = (step: Step, run: Run): Run => {
    const failed = (error: unknown): never => {
      over();
      throw error;
    };
    const ended = (result: unknown): unknown => {
      ends(step, result);
      return result;
    };
    return (...args) => {
      if (lost !== undefined) return afterCut(step, args, lost, isAsync);
      try {
        const result: unknown = Reflect.apply(run, iterator, args);
        return isPromise(result) ? result.then(ended, failed) : ended(result);
      } catch (error) {
        return failed(error);
      }
    };
  };
  const { return: end } = iterator;
  for (const step of STEPS) {
    // A loop that breaks off calls `return`. Without one it would tell nothing.
    const run = iterator[step] ?? (step === "return" ? brokenOff(isAsync) : undefined);
    if (typeof run !== "function") continue;
    Object.defineProperty(shown, step, { value: follow(step, run as Run), writable: true, configurable: true });
  }
  return {
    what: "an iterator",
    value: shown,
    cut(reason) {
      lost = reason;
      // The next step tells its caller. A failure of this end is of no interest.
      void (async () => typeof end === "function" && (Reflect.apply(end, iterator, []) as unknown))().catch(ignore);
    },
  };
}

function brokenOff(isAsync: boolean): Run {
  return (value) => (isAsync ? Promise.resolve({ done: true, value }) : { done: true, value });
}

/** A step after the iterator was ended: `return` is harmless, any other step says why. */
function afterCut(step: Step, [value]: unknown[], reason: ScopeError, isAsync: boolean): unknown {
  const result = { done: true, value };
  if (isAsync) return step === "return" ? Promise.resolve(result) : Promise.reject(reason);
  if (step === "return") return result;
  throw reason;
}

function ignore(): void {}
