/**
 * All errors and warnings of transactions, each with its template, except the database's own and the body's. (Wrong options are
 * refused where they are checked.)
 *
 * @module
 */
import { internal, ScopeError } from "../base/errors.js";
import { nameOf, oneLine } from "../base/one-line.js";
import { invalidOption } from "../base/options.js";
import { processWarning } from "../base/process-warning.js";
import { summarizeError } from "../base/summarize-error.js";

/** `INVALID_OPTION`: the service has no option `transactions`. */
export function notTransactional(where: string, service: string): ScopeError {
  const text = "a service that is bound with the option transactions, per async context or pooled; see sqlTransactions";
  return invalidOption(where, "proxy", service, text);
}

/** `INVALID_OPTION`: the driver has no savepoints, so that nothing can be nested. */
export function noSavepoints(service: string): ScopeError {
  const text = 'another than "nested" inside a transaction, since the driver has no savepoints';
  return invalidOption(service, "propagation", "nested", text);
}

/** `INVALID_OPTION`: the decorator stands on something else. */
export function notMethod(where: string): ScopeError {
  return new ScopeError("INVALID_OPTION", `${where}: it is no method; decorate a method that returns a promise.`);
}

/** `INVALID_OPTION`: a generator's body runs when its results are asked for, which is after the commit. */
export function noGenerator(where: string): ScopeError {
  return new ScopeError(
    "INVALID_OPTION",
    `${where}: it is a generator, whose body would run after the commit. Use a function that returns a promise, and collect inside.`,
  );
}

/** `TRANSACTION_ENDED`: work goes on after the transaction to which it belonged. */
export function transactionEnded(service: string, member: PropertyKey | undefined, cause: unknown): ScopeError {
  return new ScopeError(
    "TRANSACTION_ENDED",
    `${nameOf(service, member)} was used by work that was begun inside a transaction of ${service} and goes on after its end. ` +
      `Nothing was done. Await all that belongs to the transaction inside its callback (Promise.allSettled, where some may fail), and ` +
      `start with detach(fn) what does not.`,
    cause === undefined ? { service } : { service, cause },
  );
}

/** `TRANSACTION_REQUIRED`: propagation `mandatory` outside any transaction. */
export function transactionRequired(service: string): ScopeError {
  return new ScopeError(
    "TRANSACTION_REQUIRED",
    `No transaction of ${service} is open here, and propagation "mandatory" demands one. Call it inside transactional(proxy, fn), or ` +
      `use "required".`,
    { service },
  );
}

/** `TRANSACTION_REQUIRED`: a hook outside any transaction, which has nothing to wait for. */
export function hookOutside(hook: string): ScopeError {
  return new ScopeError(
    "TRANSACTION_REQUIRED",
    `${hook} was called where no transaction is open. Call it inside transactional(proxy, fn), or do at once what was to be done then.`,
  );
}

/** `TRANSACTION_FORBIDDEN`: propagation `never` inside a transaction. */
export function transactionForbidden(service: string): ScopeError {
  return new ScopeError(
    "TRANSACTION_FORBIDDEN",
    `A transaction of ${service} is open, and propagation "never" forbids that. Call it after the transaction, or use "not-supported".`,
    { service },
  );
}

/** `TRANSACTION_CONFLICT`: the options of what joins contradict the transaction's. */
export function otherOptions(
  service: string,
  option: string,
  wanted: string | boolean,
  has: string | boolean | undefined,
): ScopeError {
  return new ScopeError(
    "TRANSACTION_CONFLICT",
    `${service}: ${option} ${wanted} was asked for inside a transaction with ${option} ${has ?? "left out"}, which it ` +
      `would join. Ask for it where the transaction begins, or use propagation "requires-new".`,
    { service },
  );
}

/** `TRANSACTION_CONFLICT`: the instance is to be given back under a transaction. */
export function releasedInside(service: string): ScopeError {
  return new ScopeError(
    "TRANSACTION_CONFLICT",
    `${service} was to be released while a transaction is open on it. Release it after the transaction.`,
    { service },
  );
}

/** `TRANSACTION_CONFLICT`: another service's transaction is open, and no commit spans two databases. */
export function insideAnother(service: string, other: string): ScopeError {
  return new ScopeError(
    "TRANSACTION_CONFLICT",
    `A transaction of ${service} was to begin inside one of ${other}: it would be committed even if that one is rolled back. Use ` +
      `propagation "requires-new" if that is meant, or begin it in afterCommit(fn).`,
    { service },
  );
}

/** `TRANSACTION_CONFLICT`: a second instance is needed, and one object stands for all. */
export function noSecond(service: string): ScopeError {
  return new ScopeError(
    "TRANSACTION_CONFLICT",
    `${service}: propagation "requires-new" and "not-supported" need a second instance while a transaction is open, but one object ` +
      `stands for all of them here. Put a scope in the place of the service's own, instead of an instance.`,
    { service },
  );
}

/** `CONCURRENT_USE`: a call from outside would slip into a transaction. */
export function usedBeside(
  service: string,
  member: PropertyKey | undefined,
  what: "transaction" | "nested transaction",
): ScopeError {
  return new ScopeError(
    "CONCURRENT_USE",
    `${nameOf(service, member)} was called from outside a ${what} that is open on the same instance, and would have become part of ` +
      `it. Call it inside the ${what}, or await that first; for an instance of its own use runInContext(fn), ` +
      `use(proxy, fn) or propagation "not-supported".`,
    { service },
  );
}

/** `TRANSACTION_ROLLED_BACK`: it was to be committed, and is not. */
export function rolledBack(service: string, why: string, cause?: unknown): ScopeError {
  return new ScopeError(
    "TRANSACTION_ROLLED_BACK",
    [
      `A transaction of ${service} was to be committed, but ${why}`,
      internal(cause === undefined ? "" : ` (${summarizeError(cause)})`),
      `. It was rolled back. Let such errors out of its callback, or use propagation "nested" for what may fail.`,
    ],
    cause === undefined ? { service } : { service, cause },
  );
}

export const FAILED_INSIDE = "what had joined it has failed, though the error was caught";
export const BY_SERVER = "the server rolled it back, since a statement in it had failed, though the error was caught";

/** `TRANSACTION_TIMEOUT`. @param what - what it was doing when its time was up */
export function transactionTimeout(service: string, ms: number, what: string): ScopeError {
  return new ScopeError(
    "TRANSACTION_TIMEOUT",
    `A transaction of ${service} ${what} after ${ms} ms. Make it shorter, or raise timeoutMs.`,
    { service },
  );
}

export const UNKNOWN_OUTCOME = "was to be committed, and it is not known whether it was: no answer came";

/** `CONTEXT_ENDED`: the context ended under it. */
export function endedUnder(service: string, context: string): ScopeError {
  return new ScopeError(
    "CONTEXT_ENDED",
    `${context} ended while a transaction of ${service} was open in it, which was rolled back. Await transactional(proxy, fn) inside ` +
      `runInContext, or start it with detach(fn).`,
    { service, context },
  );
}

/** Warns that a hook has failed, which changes nothing of the transaction. */
export function warnOfFailedHook(service: string, hook: "afterCommit" | "afterRollback", error: unknown): void {
  processWarning(
    "ScopesWarning",
    "TRANSACTION_HOOK_FAILED",
    `A function given to ${hook} in a transaction of ${oneLine(service)} failed, ` +
      `which changes nothing of the transaction: ${summarizeError(error)}`,
    error,
  );
}
