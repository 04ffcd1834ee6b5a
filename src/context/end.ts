import { timeLimit } from "../base/time-limit.js";
import { isObject } from "../base/is-object.js";
import type { Context } from "./context.js";
import type { RunningCall } from "./entry.js";
import { warnOfRunningCalls } from "./errors.js";
import { enter } from "./enter.js";
import { takeAbandoned } from "./out-of-stack.js";
import { showSuppressed, suppressedError } from "./suppressed-error.js";

/**
 * Ends a context whose callback has settled: dependents first, else last taken, first ended; every disposer runs, whatever
 * the others do.
 *
 * To be called in the context, where the disposers belong. Synchronous as long as they are.
 *
 * @returns the errors of the disposers, in the order in which they arose
 */
export function end(context: Context, graceMs: number): unknown[] | Promise<unknown[]> {
  // Most contexts hold little that is asynchronous to end; they should not pay for those that do.
  if (context.isIdle) {
    context.close();
    return NO_ERRORS;
  }
  const { running } = context;
  if (running !== undefined) return endAfterCalls(context, running, graceMs);
  return endNow(context);
}

const NO_ERRORS: unknown[] = [];

/** Whatever becomes of the wait, be it that the stack is full. */
function endAfterCalls(context: Context, running: Set<RunningCall>, graceMs: number): Promise<unknown[]> {
  const over = (): unknown[] | Promise<unknown[]> => endNow(context);
  return callsSettled(context, running, graceMs).then(over, over);
}

function endNow(context: Context): unknown[] | Promise<unknown[]> {
  context.beginEnding();
  return endChildrenFirst(context, NO_ERRORS);
}

/**
 * What is held ends after the children; a disposer may begin children too, which end before their parent is closed. Nothing is
 * called in an asynchronous function before its first `await`: it would keep for itself that the stack is full.
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

/** Ends what nobody could end, with a stack of its own; what its disposers throw is seen on what its caller was thrown. */
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

/** Waits for calls on the context's instances, but not for ever; then says which go on without their instance. */
async function callsSettled(context: Context, running: Set<RunningCall>, graceMs: number): Promise<void> {
  let liftLimit!: () => void;
  const graceOver = new Promise<true>((resolve) => (liftLimit = timeLimit(graceMs, () => resolve(true))));
  let isOver = false;
  // Whoever awaited one call may make the next; a turn of the event loop lets them.
  while (running.size > 0 && !isOver) {
    const allSettled = new Promise<boolean>((resolve) => (context.onCallsSettled = () => resolve(false)));
    isOver = await Promise.race([allSettled, graceOver]);
    await new Promise((resolve) => setImmediate(resolve));
  }
  liftLimit();
  context.onCallsSettled = undefined;
  if (running.size > 0) warnOfRunningCalls(context, running, graceMs);
}

/** What `runInContext` rejects with if the body failed: the body's own error, with the disposers' errors in `suppressed`. */
export function suppress(bodyError: unknown, all: unknown[]): unknown {
  // A disposer may have thrown it once more; of equal primitives that cannot be known.
  const errors = isObject(bodyError) ? all.filter((error) => error !== bodyError) : [...all];
  if (errors.length === 0) return bodyError;
  if (typeof bodyError === "object" && bodyError !== null && takeSuppressed(bodyError, errors)) return bodyError;
  return suppressedError(bodyError, errors);
}

function takeSuppressed(bodyError: { suppressed?: unknown }, errors: unknown[]): boolean {
  try {
    // The same error may pass the end of an inner context before that of an outer one; one of `using` has a single error there.
    const before = bodyError.suppressed;
    return showSuppressed(bodyError, before === undefined ? errors : [before, errors].flat());
  } catch {
    return false; // by a getter, or a Proxy: it is wrapped, as what is frozen
  }
}
