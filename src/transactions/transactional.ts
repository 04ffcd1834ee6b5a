import { aFunction, invalidOption } from "../base/options.js";
import { rejectedWith } from "../base/rejected-with.js";
import { isGenerator } from "../proxy/async-function.js";
import { inContext } from "../proxy/in-context.js";
import type { Injected } from "../proxy/injected.js";
import { expectTarget, targetOf } from "../proxy/registry.js";
import { trackCall } from "../proxy/running-calls.js";
import type { Target } from "../proxy/target.js";
import { runInContext } from "../context/run.js";
import { als, type Current, isInContext } from "../context/store.js";
import { type TransactionalSource, transactionalSourceOf } from "../scopes/in-transaction/transactional-source.js";
import { decorateMethod, type TransactionalMethod } from "./decorator.js";
import { noGenerator, notTransactional } from "./errors.js";
import { checkTransactionOptions, type TransactionOptions } from "./options.js";
import { propagate } from "./propagation.js";

/**
 * The decorator puts a transaction around a method that returns a promise.
 *
 * @param proxy - gives the injected proxy of an object whose method is called
 * @param options - see {@link TransactionOptions}
 * @returns the decorator
 * @throws ScopeError `INVALID_OPTION`
 *
 * @example
 * ```ts
 * class Orders {
 *   constructor(readonly db = ledger) {}
 *   ;@transactional<Orders>((self) => self.db, { timeoutMs: 2_000 })
 *   async place(item: string): Promise<void> {
 *     await this.db.query("insert into orders values ($1)", [item]);
 *     afterCommit(() => mailer.send({ item }));
 *   }
 * }
 * ```
 */
// oxlint-disable-next-line typescript/no-explicit-any -- TypeScript does not tell a decorator's argument what it is applied to
export function transactional<Self = any>(
  proxy: (self: Self) => Injected,
  options?: TransactionOptions,
): TransactionalMethod;
/**
 * Runs `fn` in a transaction, on the current context's instance of a service that is bound with the option `transactions`. Every call
 * through its proxy in the async flow of `fn`, from whatever object, is part of the transaction.
 *
 * When the promise resolves, the commit has happened. If `fn` fails, or the context's signal has aborted, the transaction is rolled
 * back. Before either is sent, everything that was called inside has settled; later calls of the flow get `TRANSACTION_ENDED`. Inside
 * a transaction of the same service it joins that one, unless `propagation` says otherwise. Outside every context it opens one.
 *
 * As a decorator, `@transactional((self) => self.db)`, it does the same around a method.
 *
 * @param proxy - the injected proxy
 * @param fn - the work, synchronous or not
 * @returns a promise of what `fn` returns, after the commit and the functions given to {@link afterCommit}
 * @throws (as rejection) the very error that `fn` threw, with errors of the rollback in an array `suppressed`; the database's errors
 * of begin and commit; the reason of the context's signal
 * @throws ScopeError (as rejection) `TRANSACTION_ROLLED_BACK`, `TRANSACTION_TIMEOUT`, `TRANSACTION_CONFLICT`, `TRANSACTION_REQUIRED`,
 * `TRANSACTION_FORBIDDEN`, `TRANSACTION_ENDED`, `INVALID_OPTION`; what `ready` throws, if there is no instance yet
 *
 * @example
 * ```ts
 * await transactional(ledger, { isolation: "serializable", retry: 3 }, async () => {
 *   await ledger.query("update accounts set balance = balance - 10 where id = 1");
 *   await ledger.query("update accounts set balance = balance + 10 where id = 2");
 * });
 * ```
 */
export function transactional<R>(proxy: Injected, fn: () => R | PromiseLike<R>): Promise<R>;
/**
 * The same with options.
 *
 * @param proxy - the injected proxy
 * @param options - see {@link TransactionOptions}
 * @param fn - the work, synchronous or not
 * @returns a promise of what `fn` returns, after the commit and the functions given to {@link afterCommit}
 */
export function transactional<R>(
  proxy: Injected,
  options: TransactionOptions,
  fn: () => R | PromiseLike<R>,
): Promise<R>;
export function transactional(first: unknown, second?: unknown, third?: unknown): unknown {
  if (typeof first === "function" && targetOf(first) === undefined && typeof (third ?? second) !== "function")
    return decorateMethod(first as (self: unknown) => unknown, second, runTransaction);
  if (third === undefined && typeof second === "function")
    return runTransaction("transactional", first, undefined, second);
  return runTransaction("transactional", first, second, third);
}

function runTransaction(where: string, proxy: unknown, given: unknown, fn: unknown): Promise<unknown> {
  try {
    const target = expectTarget(where, proxy);
    const options = given === undefined || given === null ? NO_OPTIONS : checkTransactionOptions(where, given);
    if (typeof fn !== "function") throw invalidOption(where, "fn", fn, `${aFunction.text}, given last`);
    if (isGenerator(fn)) throw noGenerator(`${where}: fn`);
    const source = sourceOf(where, target);
    return runIn(als.getStore(), target.name, source, options, fn as () => unknown);
  } catch (error) {
    return rejectedWith(inContext(error));
  }
}

const NO_OPTIONS: TransactionOptions = {};

/** Outside every context it opens one. */
function runIn(
  store: Current,
  service: string,
  source: TransactionalSource,
  options: TransactionOptions,
  fn: () => unknown,
): Promise<unknown> {
  if (isInContext(store))
    return trackCall(service, "transaction", propagate(source, options, fn, store), store.context) as Promise<unknown>;
  return runInContext({ name: `transaction of ${service}` }, () => runIn(als.getStore(), service, source, options, fn));
}

/** @throws ScopeError `INVALID_OPTION` if nothing tells how to begin a transaction */
export function sourceOf(where: string, { name, source }: Target): TransactionalSource {
  const transactional = transactionalSourceOf(source);
  if (transactional !== undefined) return transactional;
  throw notTransactional(where, name);
}
