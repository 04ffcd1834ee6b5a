import type { Abortable } from "../base/abort-source.js";

/** Where a context is in its life. `ending`: its callback has settled, its instances are being ended. */
export type ContextState = "active" | "ending" | "ended";

/**
 * How the callback of a context has settled. `aborted` if its signal had aborted by then, whatever the callback did after that;
 * `error` is there if it failed.
 *
 * @example
 * ```ts
 * const destroy = (): void => log.info("report", currentContext()?.outcome?.status);
 * container.bind("report of a job").toDynamicValue(() => new Report()).inPerAsyncContextScope({ destroy });
 * ```
 */
export type ContextOutcome =
  | {
      /** The callback has returned, or its promise has resolved. */
      readonly status: "completed";
    }
  | {
      /** The callback has thrown, or its promise has rejected. */
      readonly status: "failed";
      /** What it has thrown, or rejected with. */
      readonly error: unknown;
    }
  | {
      /** The context's signal had aborted before the callback settled. */
      readonly status: "aborted";
      /** The signal's reason. */
      readonly reason: unknown;
      /** What the callback has thrown, or rejected with, if it did. */
      readonly error?: unknown;
    };

/**
 * An async context, as {@link currentContext} shows it. It begins with `runInContext`, and ends when its callback has settled and
 * everything that it held has been ended or given back.
 */
export interface AsyncContext {
  /** Unique in the process, counting up. */
  readonly id: number;
  /** As given in the options; `context #id` otherwise. */
  readonly name: string;
  /** Where it is in its life. */
  readonly state: ContextState;
  /** The context in which this one was begun; none for the outermost and for detached ones. */
  readonly parent: AsyncContext | undefined;
  /**
   * Aborts when the signal of the options or the parent's signal aborts, and when `shutdown` no longer waits for the context;
   * never after the context's end. Always there, and always the same.
   */
  readonly signal: AbortSignal;
  /** When it began, in milliseconds since the epoch. */
  readonly startedAt: number;
  /** How its callback has settled, for disposers; `undefined` until then. */
  readonly outcome: ContextOutcome | undefined;
}

const COMPLETED: ContextOutcome = Object.freeze({ status: "completed" });

/** @param aborted - the first of the context's signals that has aborted */
export function outcomeOf(
  aborted: Abortable | undefined,
  failure: { readonly error: unknown } | undefined,
): ContextOutcome {
  if (aborted !== undefined) return { status: "aborted", reason: aborted.reason, ...failure };
  return failure === undefined ? COMPLETED : { status: "failed", ...failure };
}
