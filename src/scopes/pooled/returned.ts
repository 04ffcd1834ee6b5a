import { PROXY_MARK } from "../../proxy/registry.js";
import type { Following } from "./following.js";
import { followIterator, isIterator } from "./returned-iterators.js";
import { followStream, followWebStream, isNodeStream, isWebStream } from "./returned-streams.js";

/** Whether a result may be a promise, a stream or an iterator. It is asked for each object that a call returns. */
export function mayOutlive(result: object): boolean {
  try {
    const looked = result as Looked;
    if (looked.then !== undefined) return true;
    // A closer look at another service's proxy would touch that service.
    if (looked[PROXY_MARK] === true) return false;
    return looked.pipe !== undefined || looked.next !== undefined || looked[Symbol.toStringTag] !== undefined;
  } catch {
    // A getter or a trap of the result threw, so it is none of these.
    return false;
  }
}

interface Looked {
  readonly [PROXY_MARK]?: unknown;
  readonly then?: unknown;
  readonly pipe?: unknown;
  readonly next?: unknown;
  readonly [Symbol.toStringTag]?: unknown;
}

/**
 * Follows a stream or an iterator until it is finished.
 *
 * @param value - a result that may outlive its call, see {@link mayOutlive}
 * @param over - called when it is finished, never within this call, perhaps more than once
 * @returns `undefined` if it does not outlive its call
 */
export function follow(value: object, over: () => void): Following | undefined {
  try {
    if (isNodeStream(value)) return followStream(value, over);
    if (isWebStream(value)) return followWebStream(value, over);
    return isIterator(value) ? followIterator(value, over) : undefined;
  } catch {
    // As in mayOutlive.
    return undefined;
  }
}
