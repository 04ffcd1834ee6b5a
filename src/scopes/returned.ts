import type { ScopeError } from "../errors.js";
import { targetOf } from "../proxy/registry.js";
import { followIterator, isIterator } from "./returned-iterators.js";
import { followStream, followWebStream, isNodeStream, isWebStream } from "./returned-streams.js";

/** Something that a call has returned and that may use the instance until it is finished. */
export interface Following {
  readonly what: "a stream" | "an iterator";
  /** What the caller gets: mostly the thing itself. */
  readonly value: object;
  /** Ends it; who uses it is told why, as far as it can be told. */
  cut(reason: ScopeError): void;
}

/**
 * Follows a stream or an iterator until it is finished.
 *
 * @param over - called when it is, never within this call; perhaps more than once
 * @returns nothing for what does not outlive its call
 */
export function follow(value: object, over: () => void): Following | undefined {
  // To look at another service's proxy would be to touch that service.
  if (targetOf(value) !== undefined) return undefined;
  try {
    if (isNodeStream(value)) return followStream(value, over);
    if (isWebStream(value)) return followWebStream(value, over);
    return isIterator(value) ? followIterator(value, over) : undefined;
  } catch {
    // A getter or a trap of the value threw: what cannot be looked at is no stream and no iterator.
    return undefined;
  }
}
