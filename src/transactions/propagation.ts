import type { ScopeError } from "../base/errors.js";
import type { StoreInContext } from "../context/store.js";
import { type Frame, frameOf } from "../scopes/in-transaction/frame.js";
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
import { Nested } from "./nested.js";
import { Outermost } from "./outermost.js";
import { Suspension } from "./suspension.js";
import { Transaction } from "./transaction.js";

type Body<R> = () => R | PromiseLike<R>;

/** What the caller asks for, and where. */
interface Asked<R> {
  readonly source: TransactionalSource;
  readonly options: TransactionOptions;
  readonly fn: Body<R>;
  /** The caller's store. */
  readonly around: StoreInContext;
  /** The caller's flow of this service, if there is one: with a transaction, or without (`not-supported`). */
  readonly flow: Flow | undefined;
}

/** Runs a body in the transaction that the options ask for. @param around - the current store, in a context */
export function propagate<R>(
  source: TransactionalSource,
  options: TransactionOptions,
  fn: Body<R>,
  around: StoreInContext,
): Promise<R> {
  // Most transactions: no other is open around it, and nothing is asked for that needs more.
  if (around.transaction === undefined && options.propagation === undefined && options.retry === undefined)
    return onOwnInstance({ source, options, fn, around, flow: undefined });
  const flow = frameOf(source, around) as Flow | undefined;
  flow?.assertOpen("transaction");
  const asked: Asked<R> = { source, options, fn, around, flow };
  const { propagation = "required" } = options;
  return flow instanceof Transaction ? INSIDE[propagation](asked, flow) : OUTSIDE[propagation](asked);
}

type Inside = <R>(asked: Asked<R>, open: Transaction) => Promise<R>;
type Outside = <R>(asked: Asked<R>) => Promise<R>;

/** Where a transaction is open. */
const INSIDE: Readonly<Record<Propagation, Inside>> = {
  required: join,
  "requires-new": (asked) => attempts(asked, onSecondInstance),
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
  let frame = asked.around.transaction as Frame | undefined;
  for (; frame !== undefined; frame = frame.outer) {
    if (frame instanceof Transaction && frame.isOpen && frame.source !== asked.source)
      throw insideAnother(asked.source.name, frame.service);
  }
  return beginOutermost(asked);
}

function beginOutermost<R>(asked: Asked<R>): Promise<R> {
  return attempts(asked, asked.flow === undefined ? onOwnInstance : onInstanceOfFlow);
}

/** Takes an instance for an attempt, and begins in the very reaction to its arrival. */
type Attempt = <R>(asked: Asked<R>) => Promise<R>;

const onOwnInstance: Attempt = (asked) =>
  withOwnInstance(asked.source, asked.around.context, (hold) => begin(asked, hold, onOwnInstance));

const onSecondInstance: Attempt = (asked) =>
  withSecondInstance(asked.source, (hold) => begin(asked, hold, onSecondInstance));

/** A flow without a transaction has an instance of its own. */
const onInstanceOfFlow: Attempt = async (asked) => {
  const flow = asked.flow!;
  // It may have ended while this one waited for another, or for a new attempt.
  flow.assertOpen("transaction");
  return begin(asked, new Borrowed(flow.hold), onInstanceOfFlow);
};

function begin<R>(asked: Asked<R>, hold: Hold, again: Attempt): Promise<R> {
  const { source, options, fn, around } = asked;
  const occupancy = source.occupancyOf(hold.instance);
  const open = occupancy.transaction;
  if (open === undefined) return new Outermost(source, hold, around, options, occupancy).run(fn);
  // Code outside this flow has begun one: wait for its end.
  return open.over.then(() => again(asked));
}

async function beginNested<R>(asked: Asked<R>, open: Transaction): Promise<R> {
  const { source, options, fn, around } = asked;
  if (source.driver.savepoint === undefined) throw noSavepoints(source.name);
  assertAlike(asked, open);
  return attempts(asked, async () => {
    while (open.child !== undefined) await open.child.over;
    open.assertUsable("transaction");
    return new Nested(open, around, options).run(fn);
  });
}

function attempts<R>(asked: Asked<R>, attempt: (asked: Asked<R>) => Promise<R>): Promise<R> {
  const { options, source, around } = asked;
  const { retry = 0 } = options;
  if (retry === 0) return attempt(asked);
  const { context } = around;
  const signalOf = (): AbortSignal => context.signal;
  const assertWanted = (): void => context.assertOpen(source.name, "transaction");
  const how = typeof retry === "number" ? { times: retry } : retry;
  return withRetries(how, source.driver, () => attempt(asked), signalOf, assertWanted);
}

/** Runs the body in the open transaction. If it fails, the whole transaction fails, even if the error is caught. */
async function join<R>(asked: Asked<R>, open: Transaction): Promise<R> {
  assertAlike(asked, open);
  while (open.child !== undefined) await open.child.over;
  open.assertUsable("transaction");
  const { joined } = open;
  joined.began();
  try {
    const { source, fn } = asked;
    const { timeoutMs } = asked.options;
    const late = (): ScopeError => transactionTimeout(source.name, timeoutMs!, "was not over");
    const result = timeoutMs === undefined ? await fn() : await inTime(fn(), timeoutMs, late);
    joined.ended(false);
    return result;
  } catch (error) {
    open.doom(error);
    joined.ended(true);
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

function suspend<R>({ source, fn, around }: Asked<R>): Promise<R> {
  return withSecondInstance(source, (hold) => new Suspension(source, hold, around).run(fn));
}
