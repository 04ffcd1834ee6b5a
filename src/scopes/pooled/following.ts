import type { ScopeError } from "../../base/errors.js";

/** A stream or an iterator that a call has returned, and that may use the instance until it is finished. */
export interface Following {
  readonly what: "a stream" | "an iterator";
  /** What the caller gets: mostly the stream or iterator itself. */
  readonly value: object;
  /** Ends it, and tells its user why, where that is possible. */
  cut(reason: ScopeError): void;
}
