import { setImmediate } from "node:timers";
import { timeLimit } from "../base/time-limit.js";
import { isObject } from "../base/is-object.js";
import type { Context } from "./context.js";
import { warnOfRunningCalls } from "./errors.js";
import type { RunningCalls } from "./extras.js";
import { enter } from "./enter.js";
import { takeAbandoned } from "./out-of-stack.js";
import { showSuppressed, suppressedError } from "./suppressed-error.js";

/**
 * Ends a context whose callback has settled: dependents first, else last taken, first ended; every disposer runs, whatever
 * the others do.
 *
 * Call it in the context, where the disposers belong. It is synchronous as long as they are.
 *
 * @returns the errors of the disposers, in the order in which they arose
 */
export function end(context: Context, graceMs: number): unknown[] | Promise<unknown[]> {
  // Most contexts have nothing left to end.
  if (context.isIdle) {
    context.close();
    return NO_ERRORS;
  }
  const { running } = context;
  if (running !== undefined) return endAfterCalls(context, running, graceMs);
  return endNow(context);
}

const NO_ERRORS: unknown[] = [];

/** Also if the wait fails, because the stack is full. */
function endAfterCalls(context: Context, running: RunningCalls, graceMs: number): Promise<unknown[]> {
  const over = (): unknown[] | Promise<unknown[]> => endNow(context);
  return callsSettled(context, running, graceMs).then(over, over);
}

function endNow(context: Context): unknown[] | Promise<unknown[]> {
  context.beginEnding();
  return endChildrenFirst(context, NO_ERRORS);
}

/**
 * Ends what is held after the children. A disposer may begin children too; they end before their parent is closed. No
 * asynchronous function calls anything before its first `await`: it would swallow the error of a full stack.
 */
function endChildrenFirst(context: Context, errors: unknown[]): unknown[] | Promise<unknown[]> {
  if (context.hasChildren) {
    takeAbandoned(endAfresh);
    return endChildrenLater(context, context.childrenClosed(), errors);
  }
  context.orderHeld();
  return endHeld(context, errors);
}

async function endChildrenLater(context: Context, closed: Promise<void>, errors: unknown[]): Promise<unknown[]> {
  await closed;
  return endChildrenFirst(context, errors);
}

/**
 * Ends an abandoned context on a stack of its own. The errors of its disposers go to `suppressed` of the error that its caller
 * got.
 */
export function endAfresh(context: Context): void {
  queueMicrotask(() => void enter(context, endAbandoned, undefined, undefined));
}

async function endAbandoned(context: Context): Promise<void> {
  if (context.outcome === undefined) context.failed(context.failure);
  suppress(context.failure, await end(context, 0));
}

function endHeld(context: Context, before: unknown[]): unknown[] | Promise<unknown[]> {
  let errors = before;
  for (let entry = context.popHeld(); entry !== undefined; entry = context.popHeld()) {
    try {
      const ending = entry.end();
      if (ending !== undefined) return endHeldAfter(ending, context, errors);
    } catch (error) {
      errors = errors.concat([error]);
    }
  }
  if (context.hasChildren) return endChildrenFirst(context, errors);
  context.close();
  return errors;
}

function endHeldAfter(ending: Promise<void>, context: Context, errors: unknown[]): Promise<unknown[]> {
  return ending.then(
    () => endHeld(context, errors),
    (error: unknown) => endHeld(context, [...errors, error]),
  );
}

/** Waits `graceMs` for calls on the context's instances, then warns of those that go on without their instance. */
async function callsSettled(context: Context, running: RunningCalls, graceMs: number): Promise<void> {
  let liftLimit!: () => void;
  const graceOver = new Promise<true>((resolve) => (liftLimit = timeLimit(graceMs, () => resolve(true))));
  let isOver = false;
  // A caller that awaited one call may make the next in this turn of the event loop.
  while (running.size > 0 && !isOver) {
    const allSettled = new Promise<boolean>((resolve) => (running.onSettled = () => resolve(false)));
    isOver = await Promise.race([allSettled, graceOver]);
    await new Promise((resolve) => setImmediate(resolve));
  }
  liftLimit();
  running.onSettled = undefined;
  if (running.size > 0) warnOfRunningCalls(context, running, graceMs);
}

/** What `runInContext` rejects with if the body failed: the body's own error, with the disposers' errors in `suppressed`. */
export function suppress(bodyError: unknown, all: unknown[]): unknown {
  // A disposer may have thrown the same error again; equal primitives may be different errors.
  const errors = isObject(bodyError) ? all.filter((error) => error !== bodyError) : [...all];
  if (errors.length === 0) return bodyError;
  if (typeof bodyError === "object" && bodyError !== null && takeSuppressed(bodyError, errors)) return bodyError;
  return suppressedError(bodyError, errors);
}

function takeSuppressed(bodyError: { suppressed?: unknown }, errors: unknown[]): boolean {
  try {
    // The error may have passed the end of an inner context before; an error of `using` has a single error there.
    const before = bodyError.suppressed;
    return showSuppressed(bodyError, before === undefined ? errors : [before, errors].flat());
  } catch {
    return false; // a getter or a Proxy threw: the error is wrapped, like a frozen one
  }
}
