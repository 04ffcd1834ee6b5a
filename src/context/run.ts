import type { Abortable } from "../base/abort-source.js";
import { rejectedWith } from "../base/rejected-with.js";
import type { AsyncContext } from "./async-context.js";
import type { Context } from "./context.js";
import { type ContextValue, giveMissing } from "./context-value.js";
import { type ContextOptions, type DetachOptions, checkOptions } from "./options.js";
import { begin, type Body, unaborted } from "./life.js";
import { invalidOption, noProxy } from "../base/options.js";
import { upwardHooks } from "../base/upward-hooks.js";
import { runOutsideContexts } from "./outside.js";
import { als, contextIn, type Current } from "./store.js";
import { viewOf } from "./view.js";

/**
 * Runs `fn` in an async context of its own: per-async-context and pooled services touched by it, and by everything that it calls
 * or awaits, mean this context's instances. When `fn` has settled, the context ends: dependents before what they hold, else last
 * taken, first ended.
 *
 * Use it once for each request, job or message. Inside another context it begins a child with instances of its own;
 * the parent's end waits for the child's. Work that should outlive its context belongs in {@link detach}.
 *
 * @param fn - the work; what it returns or resolves to comes out
 * @returns a promise of the result; it settles after the end of the context. It rejects with the very error that `fn` threw (with
 * the errors of disposers in an array `suppressed`), else with the error of the disposers, if any.
 * @throws (as rejection) the body's own error; a primitive or frozen one, if disposers fail too, in a `SuppressedError`
 * (`error`, and `suppressed`, the array)
 * @throws AggregateError (as rejection) if the body does not fail and several disposers do: theirs are its `errors`
 * @throws ScopeError (as rejection) `INVALID_OPTION`; with `needs` what {@link ready} throws
 *
 * @example
 * ```ts
 * const order = await runInContext({ name: "POST /orders", signal }, () => controller.create(body));
 * ```
 */
export function runInContext<R>(fn: () => R | PromiseLike<R>): Promise<R>;
/**
 * The same with a name, a signal, values, needs or another option.
 *
 * @param options - see {@link ContextOptions}
 * @param fn - the work; what it returns or resolves to comes out
 * @returns a promise of the result; it settles after the end of the context
 */
export function runInContext<R>(options: ContextOptions, fn: () => R | PromiseLike<R>): Promise<R>;
export function runInContext<R>(first: ContextOptions | Body<R>, second?: Body<R>): Promise<R> {
  const parent = openIn(als.getStore());
  if (typeof first !== "function") return runWithOptions("runInContext", first, second, parent);
  if (typeof second === "object") return wrongOrder("runInContext", second);
  if (parent !== undefined && parent.signals.length > 0) return runWithOptions("runInContext", {}, first, parent);
  return begin(parent, first, 0);
}

/**
 * Runs `fn` in a context of its own that is no child of the current one: for work that a request starts and that goes on after
 * the answer. The end of the request does not wait for it, and it has instances of its own.
 *
 * @param fn - the work; what it returns or resolves to comes out
 * @returns a promise of the result; the caller handles its rejection
 * @throws (as rejection) as {@link runInContext}
 * @throws ScopeError (as rejection) `INVALID_OPTION`; with `needs` what {@link ready} throws
 *
 * @example
 * ```ts
 * void detach({ name: "send mail" }, () => mailer.send(order)).catch(log.error);
 * ```
 */
export function detach<R>(fn: () => R | PromiseLike<R>): Promise<R>;
/**
 * The same with options.
 *
 * @param options - see {@link ContextOptions}, but for `nested`; the `signal` of the current context does not carry over
 * @param fn - the work; what it returns or resolves to comes out
 * @returns a promise of the result; the caller handles its rejection
 */
export function detach<R>(options: DetachOptions, fn: () => R | PromiseLike<R>): Promise<R>;
export function detach<R>(first: ContextOptions | Body<R>, second?: Body<R>): Promise<R> {
  if (typeof first !== "function") return runWithOptions("detach", first, second, undefined);
  if (typeof second === "object") return wrongOrder("detach", second);
  return begin(undefined, first, 0);
}

/**
 * `detach` for an adapter, with options that it has checked.
 *
 * @param adapter - its name, for messages
 */
export function detachFor<R>(adapter: string, options: DetachOptions, fn: Body<R>): Promise<R> {
  return runChecked(adapter, options, fn, undefined);
}

/**
 * The context in which the caller runs, also while it is ending or after its end; `undefined` outside any, and in
 * factories and hooks of shared and pooled services.
 *
 * @returns a view of the context: its id, name, state, parent, signal, start and outcome
 *
 * @example
 * ```ts
 * log.info({ context: currentContext()?.name }, "paid");
 * ```
 */
export function currentContext(): AsyncContext | undefined {
  const context = current();
  return context === undefined ? undefined : viewOf(context);
}

/** The current context, if any. */
export function current(): Context | undefined {
  return contextIn(als.getStore());
}

upwardHooks.runOutsideContexts = runOutsideContexts;
upwardHooks.currentContext = current;

/** The parent of a new context: an ended context has no children. */
function openIn(store: Current): Context | undefined {
  const context = contextIn(store);
  return context === undefined || context.state === "ended" ? undefined : context;
}

function runWithOptions<R>(
  caller: string,
  options: ContextOptions,
  fn: Body<R> | undefined,
  parent: Context | undefined,
): Promise<R> {
  try {
    checkOptions(caller, options, fn);
  } catch (error) {
    return rejectedWith(error);
  }
  return runChecked(caller, options, fn!, parent);
}

/** Not `async`, since an `async` function that returns a promise makes two more of its own. */
function runChecked<R>(caller: string, options: ContextOptions, fn: Body<R>, parent: Context | undefined): Promise<R> {
  let signals: readonly Abortable[] | undefined;
  let take: (() => Promise<void>) | undefined;
  try {
    if (options.needs !== undefined && options.needs.length > 0) take = prepare(caller, options.needs);
    signals = unaborted(parent?.signals, options.signal);
  } catch (error) {
    return rejectedWith(error);
  }
  const { name, nested, graceMs = 0, values } = options;
  const body = take === undefined ? fn : () => take().then(fn);
  if (nested === "reuse" && parent?.state === "active") return reuse(parent, body, values);
  return begin(parent, body, graceMs, name, signals, values);
}

/** Refuses options after the function, which would be ignored in silence. */
function wrongOrder(caller: string, options: unknown): Promise<never> {
  return rejectedWith(invalidOption(caller, "fn", options, `given last: ${caller}(options, fn)`));
}

function prepare(caller: string, needs: readonly object[]): () => Promise<void> {
  const { prepareNeeds } = upwardHooks;
  // No proxy was ever made, so this is none.
  if (prepareNeeds === undefined) throw noProxy(caller, "needs[0]", needs[0]);
  return prepareNeeds(caller, needs);
}

async function reuse<R>(context: Context, body: Body<R>, values: readonly ContextValue[] = []): Promise<R> {
  giveMissing(context, values);
  return body();
}
