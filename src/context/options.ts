import { type ContextValue, givenTwice, isContextValue } from "./context-value.js";
import { isThenable } from "../base/is-thenable.js";
import { type Allowed, aSignal, checkRecord, invalidOption, milliseconds, oneOf } from "../base/options.js";

/**
 * The options of `runInContext` and `detach`.
 *
 * @example
 * ```ts
 * const options: ContextOptions = { name: "nightly report", needs: [db], signal: AbortSignal.timeout(60_000) };
 * await runInContext(options, () => db.query("select 1"));
 * ```
 */
export interface ContextOptions {
  /** The context's name in errors and warnings. Default `context #id`. */
  readonly name?: string | undefined;
  /**
   * Injected proxies. Their instances are acquired before the body runs, so that synchronous members work. All contexts of the
   * process acquire from pools in the same order, so that contexts with the same needs cannot deadlock. Default: none.
   */
  readonly needs?: readonly object[] | undefined;
  /**
   * Objects for services that are bound by `toContextValue`, as pairs of {@link contextValue}: the request, the job, the tenant.
   * With `nested: "reuse"` the present context gets those that it lacks. Default: none; a child context sees its parent's.
   */
  readonly values?: readonly ContextValue[] | undefined;
  /**
   * When it aborts, pending and new acquisitions of the context reject with its reason; the body and the end of the context go
   * on. If it has aborted beforehand, the body does not run. Default: the signal of the parent context; of `detach`, which has no
   * parent: none.
   */
  readonly signal?: AbortSignal | undefined;
  /**
   * Inside another context: `new` begins a child with instances of its own, `reuse` runs the body in the present context (its
   * name, signal and grace stay as they are). Not for `detach`. Default `new`.
   */
  readonly nested?: "new" | "reuse" | undefined;
  /**
   * For how many milliseconds the end waits for calls on the context's instances that still run; then it reports them as
   * a process warning and ends. Costs a little with each call. Default 0: it does not wait.
   */
  readonly graceMs?: number | undefined;
}

/** The options of `detach`, which begins no child context. */
export type DetachOptions = Omit<ContextOptions, "nested">;

const ALLOWED: Readonly<Record<keyof ContextOptions, Allowed>> = {
  name: { test: (value) => typeof value === "string" && value !== "", text: "a string that is not empty" },
  needs: {
    test: (value) => Array.isArray(value),
    text: "an array of injected proxies",
  },
  values: {
    test: (value) => Array.isArray(value) && value.every(isContextValue),
    text: "an array of what contextValue(proxy, value) returns",
  },
  signal: aSignal,
  nested: oneOf("new", "reuse"),
  graceMs: milliseconds,
};

export function checkOptions(caller: string, options: unknown, fn: unknown): void {
  // A promise: the work was called, not handed over.
  if (fn === undefined && (typeof options !== "object" || isThenable(options)))
    throw invalidOption(caller, "fn", options, "a function");
  checkContextOptions(caller, options);
  if (typeof fn !== "function") throw invalidOption(caller, "fn", fn, "a function");
  if (caller === "detach" && (options as ContextOptions).nested !== undefined) {
    throw invalidOption(caller, "nested", (options as ContextOptions).nested, "left out: detached work has no parent");
  }
}

/** Without the function. @throws ScopeError `INVALID_OPTION` */
export function checkContextOptions(caller: string, options: unknown): void {
  checkRecord(caller, options, ALLOWED);
  const { values } = options as ContextOptions;
  if (values !== undefined) refuseTwice(caller, values);
}

function refuseTwice(caller: string, values: readonly ContextValue[]): void {
  const twice = givenTwice(values);
  if (twice === undefined) return;
  throw invalidOption(caller, "values", `two for ${twice.service}`, "one value at most for each service");
}
