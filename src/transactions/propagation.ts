import type { Context } from "../context/context.js";
import { current } from "../context/run.js";
import { currentFrame, frameOf } from "../scopes/in-transaction/frame.js";
import type { TransactionalSource } from "../scopes/in-transaction/transactional-source.js";
import {
  insideAnother,
  noSavepoints,
  otherOptions,
  transactionForbidden,
  transactionRequired,
  transactionTimeout,
} from "./errors.js";
import type { Flow } from "./flow.js";
import { inTime } from "./in-time.js";
import { Borrowed, type Hold, withOwnInstance, withSecondInstance } from "./hold.js";
import type { Propagation, TransactionOptions } from "./options.js";
import { withRetries } from "./retry.js";
import { Suspension } from "./suspension.js";
import { Transaction } from "./transaction.js";

type Body<R> = () => R | PromiseLike<R>;

/** What the caller asks for, and where. */
interface Asked<R> {
  readonly source: TransactionalSource;
  readonly options: TransactionOptions;
  readonly fn: Body<R>;
  /** The caller's context. */
  readonly context: Context;
  /** The caller's flow of this service, if there is one: with a transaction, or without (`not-supported`). */
  readonly flow: Flow | undefined;
}

/** Runs a body in the transaction that the options ask for, in the current context. */
export function propagate<R>(source: TransactionalSource, options: TransactionOptions, fn: Body<R>): Promise<R> {
  const flow = frameOf(source) as Flow | undefined;
  flow?.assertOpen("transaction");
  const asked: Asked<R> = { source, options, fn, context: current()!, flow };
  const { propagation = "required" } = options;
  return flow instanceof Transaction ? INSIDE[propagation](asked, flow) : OUTSIDE[propagation](asked);
}

type Inside = <R>(asked: Asked<R>, open: Transaction) => Promise<R>;
type Outside = <R>(asked: Asked<R>) => Promise<R>;

/** Where a transaction is open. */
const INSIDE: Readonly<Record<Propagation, Inside>> = {
  required: join,
  "requires-new": (asked) => attempts(asked, (use) => withSecondInstance(asked.source, use)),
  nested: beginNested,
  supports: join,
  mandatory: join,
  "not-supported": suspend,
  never: async ({ source }) => {
    throw transactionForbidden(source.name);
  },
};

/** Where none is open. */
const OUTSIDE: Readonly<Record<Propagation, Outside>> = {
  required: beginAlone,
  "requires-new": beginOutermost,
  nested: beginAlone,
  supports: runBare,
  mandatory: async ({ source }) => {
    throw transactionRequired(source.name);
  },
  "not-supported": runBare,
  never: runBare,
};

async function runBare<R>({ fn }: Asked<R>): Promise<R> {
  return fn();
}

/** Begins one, but not inside another service's: that must be asked for. */
function beginAlone<R>(asked: Asked<R>): Promise<R> {
  for (let frame = currentFrame(); frame !== undefined; frame = frame.outer) {
    if (frame instanceof Transaction && frame.isOpen && frame.source !== asked.source)
      throw insideAnother(asked.source.name, frame.service);
  }
  return beginOutermost(asked);
}

function beginOutermost<R>(asked: Asked<R>): Promise<R> {
  const { source, context, flow } = asked;
  if (flow === undefined) return attempts(asked, (use) => withOwnInstance(source, context, use));
  // A flow without a transaction has an instance of its own.
  return attempts(asked, (use) => use(new Borrowed(flow.hold)));
}

/** Runs attempts. @param take - takes an instance for each, and begins in the very reaction to its arrival */
function attempts<R>(asked: Asked<R>, take: (use: (hold: Hold) => Promise<R>) => Promise<R>): Promise<R> {
  const { options, source, fn } = asked;
  const begin = (hold: Hold): Promise<R> => {
    const open = source.open.get(hold.instance);
    if (open === undefined) return new Transaction(source, hold, options).run(fn);
    // Code outside this flow has begun one: wait for its end.
    return open.over.then(() => take(begin));
  };
  return retried(asked, () => take(begin));
}

async function beginNested<R>(asked: Asked<R>, open: Transaction): Promise<R> {
  const { source, options, fn } = asked;
  if (source.driver.savepoint === undefined) throw noSavepoints(source.name);
  assertAlike(asked, open);
  return retried(asked, async () => {
    while (open.child !== undefined) await open.child.over;
    open.assertUsable("transaction");
    return new Transaction(source, open.hold, options, open).run(fn);
  });
}

function retried<R>({ options, source, context }: Asked<R>, attempt: () => Promise<R>): Promise<R> {
  const { retry = 0 } = options;
  if (retry === 0) return attempt();
  const assertWanted = (): void => context.assertOpen(source.name, "transaction");
  return withRetries(typeof retry === "number" ? { times: retry } : retry, source.driver, attempt, assertWanted);
}

/** Runs the body in the open transaction. If it fails, the whole transaction fails, even if the error is caught. */
async function join<R>(asked: Asked<R>, open: Transaction): Promise<R> {
  assertAlike(asked, open);
  while (open.child !== undefined) await open.child.over;
  open.assertUsable("transaction");
  try {
    const { source, fn } = asked;
    const { timeoutMs } = asked.options;
    if (timeoutMs === undefined) return await fn();
    return await inTime(fn(), timeoutMs, () => transactionTimeout(source.name, timeoutMs, "was not over"));
  } catch (error) {
    open.doom(error);
    throw error;
  }
}

/** @throws ScopeError `TRANSACTION_CONFLICT` if what joins asks for another kind of transaction */
function assertAlike<R>({ source, options }: Asked<R>, { beginOptions: has }: Transaction): void {
  const { isolation, readOnly } = options;
  if (isolation !== undefined && isolation !== has.isolation)
    throw otherOptions(source.name, "isolation", isolation, has.isolation);
  // Code that only reads may do so in any transaction.
  if (readOnly === false && has.readOnly === true) throw otherOptions(source.name, "readOnly", false, true);
}

function suspend<R>({ source, fn }: Asked<R>): Promise<R> {
  return withSecondInstance(source, (hold) => new Suspension(source, hold).run(fn));
}
