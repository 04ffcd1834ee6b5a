import type { Context } from "../context/context.js";
import { current } from "../context/run.js";
import { invalidOption } from "../base/options.js";
import { currentFrame, frameOf } from "../scopes/in-transaction/frame.js";
import type { TransactionalSource } from "../scopes/in-transaction/transactional-source.js";
import {
  insideAnother,
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

/** What is asked for, and where. */
interface Asked<R> {
  readonly source: TransactionalSource;
  readonly options: TransactionOptions;
  readonly fn: Body<R>;
  /** In which it is asked for. */
  readonly context: Context;
  /** The flow of this service in which it is: a transaction, or one without. */
  readonly flow: Flow | undefined;
}

/** Runs a body in the transaction that its options ask for, in the context of now. */
export function propagate<R>(source: TransactionalSource, options: TransactionOptions, fn: Body<R>): Promise<R> {
  const flow = frameOf(source) as Flow | undefined;
  flow?.assertOpen("transaction");
  const asked: Asked<R> = { source, options, fn, context: current()!, flow };
  const { propagation = "required" } = options;
  return flow instanceof Transaction ? INSIDE[propagation](asked, flow) : OUTSIDE[propagation](asked);
}

type Inside = <R>(asked: Asked<R>, open: Transaction) => Promise<R>;
type Outside = <R>(asked: Asked<R>) => Promise<R>;

/** One is open. */
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

/** None is open. */
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

/** Not in another service's, unless that is asked for. */
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
  // In a flow without a transaction the instance is that flow's.
  return attempts(asked, (use) => use(new Borrowed(flow.hold)));
}

/** @param take - takes an instance for each of them, and begins in the very reaction to its arrival */
function attempts<R>(asked: Asked<R>, take: (use: (hold: Hold) => Promise<R>) => Promise<R>): Promise<R> {
  const { options, source, fn } = asked;
  const begin = (hold: Hold): Promise<R> => {
    const open = source.open.get(hold.instance);
    if (open === undefined) return new Transaction(source, hold, options).run(fn);
    // It was begun outside this flow.
    return open.over.then(() => take(begin));
  };
  return retried(asked, () => take(begin));
}

async function beginNested<R>(asked: Asked<R>, open: Transaction): Promise<R> {
  const { source, options, fn } = asked;
  if (source.driver.savepoint === undefined) {
    const text = 'another than "nested" inside a transaction, since the driver has no savepoints';
    throw invalidOption(source.name, "propagation", "nested", text);
  }
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

/** Its failure is the whole transaction's, also if it is caught. */
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

/** @throws ScopeError `TRANSACTION_CONFLICT` if who joins asks for what the transaction is not */
function assertAlike<R>({ source, options }: Asked<R>, { beginOptions: has }: Transaction): void {
  const { isolation, readOnly } = options;
  if (isolation !== undefined && isolation !== has.isolation)
    throw otherOptions(source.name, "isolation", isolation, has.isolation);
  // What only reads may do so in any.
  if (readOnly === false && has.readOnly === true) throw otherOptions(source.name, "readOnly", false, true);
}

function suspend<R>({ source, fn }: Asked<R>): Promise<R> {
  return withSecondInstance(source, (hold) => new Suspension(source, hold).run(fn));
}
