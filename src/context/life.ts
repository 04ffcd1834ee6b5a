import type { Abortable } from "../base/abort-source.js";
import { isThenable } from "../base/is-thenable.js";
import { rejectedWith } from "../base/rejected-with.js";
import { Context } from "./context.js";
import type { ContextValue } from "./context-value.js";
import { end, endAfresh, suppress } from "./end.js";
import { type Enter, enter } from "./enter.js";
import { disposersFailed } from "./errors.js";
import { abandoned, isOutOfStack, takeAbandoned } from "./out-of-stack.js";
import { contextAudience, traceContext } from "./tracing.js";

/** What runs in a context. */
export type Body<R> = () => R | PromiseLike<R>;

/** Begins a context that ends when its body has settled. */
export function begin<R>(
  parent: Context | undefined,
  fn: Body<R>,
  graceMs: number,
  name?: string,
  signals?: readonly Abortable[],
  values?: readonly ContextValue[],
): Promise<R> {
  return enterNew(parent, bodyAndEnd<R>, fn, graceMs, name, signals, values);
}

/** Its promise settles after the end of the context. */
type Traceable<F> = (context: Context, fn: F, graceMs: number) => Promise<unknown>;

/**
 * Calls `work` in a new context: with the context, `fn` and `graceMs`, so that it needs no closure. It returns a promise that
 * settles after the end, at least where somebody listens to contexts.
 *
 * @param way - of entering it
 */
export function enterNew<F, R extends Promise<unknown> | undefined>(
  parent: Context | undefined,
  work: (context: Context, fn: F, graceMs: number) => R,
  fn: F,
  graceMs: number,
  name?: string,
  signals?: readonly Abortable[],
  values?: readonly ContextValue[],
  way: Enter = enter,
): R {
  let context: Context | undefined;
  try {
    if (abandoned.last !== undefined) takeAbandoned(endAfresh);
    context = new Context(parent, name, signals, graceMs > 0);
    if (values !== undefined) for (const { slot, value } of values) context.give(slot, value);
    if (contextAudience.isThere) return traceContext(way, context, work as Traceable<F>, fn, graceMs) as R;
    return way(context, work, fn, graceMs);
  } catch (error) {
    // The stack is full. A caller further up has room, and makes a promise that rejects.
    if (context !== undefined && !context.isSeenTo) {
      context.failure = error;
      context.abandonedBefore = abandoned.last;
      abandoned.last = context;
    }
    throw error;
  }
}

/**
 * The signals of a new context.
 *
 * @param outer - those around it
 * @param own - that of its options
 * @throws the reason of one that has aborted
 */
export function unaborted(
  outer: readonly Abortable[] | undefined,
  own: Abortable | undefined,
): readonly Abortable[] | undefined {
  const signals = withOwn(outer, own);
  if (signals !== undefined) for (const signal of signals) signal.throwIfAborted();
  return signals;
}

function withOwn(
  outer: readonly Abortable[] | undefined,
  own: Abortable | undefined,
): readonly Abortable[] | undefined {
  if (own === undefined || outer?.includes(own) === true) return outer;
  return outer === undefined ? [own] : [...outer, own];
}

/** The whole life of a context, inside it, so that it need not be entered again for its end. */
function bodyAndEnd<R>(context: Context, fn: Body<R>, graceMs: number): Promise<R> {
  let result: R | PromiseLike<R>;
  try {
    result = fn();
    // Some thenables begin their work when they are awaited (query builders): inside the context, too.
    if (isThenable(result)) return leaveAfter(context, graceMs, Promise.resolve(result));
  } catch (error) {
    return isOutOfStack(error) ? failAfresh(context, graceMs, error) : fail(context, graceMs, error);
  }
  return Promise.resolve(leave(context, graceMs, result));
}

function leaveAfter<R>(context: Context, graceMs: number, pending: Promise<R>): Promise<R> {
  const left = pending.then(
    (value) => leave(context, graceMs, value),
    (error: unknown) => fail(context, graceMs, error),
  );
  context.isSeenTo = true;
  return left;
}

/** Ends a context whose callback has not failed. It is synchronous if the end is. */
export function leave<R>(context: Context, graceMs: number, result: R): R | Promise<R> {
  context.completed();
  const errors = end(context, graceMs);
  context.isSeenTo = true;
  if (Array.isArray(errors)) return errors.length === 0 ? result : rejectedWith(disposersFailed(context, errors));
  return leaveLater(context, errors, result);
}

function leaveLater<R>(context: Context, errors: Promise<unknown[]>, result: R): Promise<R> {
  return errors.then((late) => (late.length === 0 ? result : rejectedWith(disposersFailed(context, late))));
}

/**
 * Fails with a stack of its own, so that no disposer runs out of it half-way. Not `async`: in JavaScriptCore an `async` function
 * that runs out of stack at its `await` returns a promise that never settles.
 */
function failAfresh(context: Context, graceMs: number, error: unknown): Promise<never> {
  const failed = Promise.resolve().then(() => fail(context, graceMs, error));
  context.isSeenTo = true;
  return failed;
}

/** @returns a promise that rejects with the error, which has those of disposers in its `suppressed` */
export function fail(context: Context, graceMs: number, error: unknown): Promise<never> {
  context.failed(error);
  const errors = end(context, graceMs);
  context.isSeenTo = true;
  return failWith(error, errors);
}

async function failWith(error: unknown, errors: unknown[] | Promise<unknown[]>): Promise<never> {
  throw suppress(error, await errors);
}
