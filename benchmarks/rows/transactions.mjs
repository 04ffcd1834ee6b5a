/** Transactions: `transactional` against begin and commit by hand, on a connection in memory. */
import { AsyncLocalStorage } from "node:async_hooks";
import { runInContext, ScopedContainer, unwrap } from "inversify-scopes";
import { transactional } from "inversify-scopes/transactions";
import { keep } from "../lib/sink.mjs";

/** A connection that answers at once, in the next reaction. */
class Memory {
  rows = 0;
  isOpen = false;
  async query(x) {
    return (this.rows += x);
  }
  async begin() {
    this.isOpen = true;
  }
  async commit() {
    this.isOpen = false;
  }
  async rollback() {
    this.isOpen = false;
  }
}

/** One that answers in the next turn of the event loop: no socket does it sooner. */
class NextTurn extends Memory {
  #answer() {
    return new Promise((resolve) => setImmediate(resolve, 1));
  }
  async query(x) {
    await this.#answer();
    return super.query(x);
  }
  async begin() {
    await this.#answer();
    return super.begin();
  }
  async commit() {
    await this.#answer();
    return super.commit();
  }
}

const driver = {
  begin: (db) => db.begin(),
  commit: (db) => db.commit(),
  rollback: (db) => db.rollback(),
};

function bind(Class, options) {
  const container = new ScopedContainer();
  container.bind(Class).toSelf().inPooledScope(options);
  return container.get(Class);
}

/** As one writes it who forgets nothing. */
async function inTransaction(db, fn) {
  await db.begin();
  let isOver = false;
  try {
    const result = await fn();
    isOver = true;
    await db.commit();
    return result;
  } catch (error) {
    if (!isOver) await db.rollback();
    throw error;
  } finally {
    keep(isOver);
  }
}

/** The transaction to whose flow the caller belongs, open or over. */
const flow = new AsyncLocalStorage();

/** By hand as well: what was called inside settles before the end, and no other call gets into the transaction. */
class Guarded {
  #db;
  /** The transaction that is open on a context's connection. */
  #open = new WeakMap();

  constructor(db) {
    this.#db = db;
  }

  async query(x) {
    const own = flow.getStore();
    if (own === undefined ? this.#open.has(unwrap(this.#db)) : !own.isOpen) throw new Error("not in this transaction");
    if (own === undefined) return this.#db.query(x);
    own.running++;
    try {
      return await this.#db.query(x);
    } finally {
      if (--own.running === 0) own.onSettled?.();
    }
  }

  async inTransaction(fn) {
    const db = this.#db;
    const own = { isOpen: true, running: 0, onSettled: undefined };
    await db.begin();
    const connection = unwrap(db);
    this.#open.set(connection, own);
    let isOver = false;
    try {
      const result = await flow.run(own, fn);
      await settled(own);
      isOver = true;
      await db.commit();
      return result;
    } catch (error) {
      await settled(own);
      if (!isOver) await db.rollback();
      throw error;
    } finally {
      this.#open.delete(connection);
    }
  }
}

function settled(transaction) {
  transaction.isOpen = false;
  if (transaction.running > 0) return new Promise((resolve) => (transaction.onSettled = resolve));
}

/** A job is a transaction with so many statements, in a context and on a leased connection each time. */
function transactions(Class, statements, atATime, byHand) {
  const bodyOf = (db) => async () => {
    for (let i = 0; i < statements; i++) keep(await db.query(i));
  };
  const work = (job) => async (n) => {
    let left = n;
    const client = async () => {
      while (left-- > 0) await runInContext(job);
    };
    await Promise.all(Array.from({ length: atATime }, client));
  };
  const ours = bind(Class, { maxSize: 64, transactions: driver });
  const body = bodyOf(ours);
  return [
    { name: "by hand", run: work(byHand(bind(Class, { maxSize: 64 }), bodyOf)) },
    { name: "ours", run: work(() => transactional(ours, body)) },
  ];
}

function plain(db, bodyOf) {
  const body = bodyOf(db);
  return () => inTransaction(db, body);
}

function withGuarantees(db, bodyOf) {
  const guarded = new Guarded(db);
  const body = bodyOf(guarded);
  return () => guarded.inTransaction(body);
}

export const rows = [
  {
    id: "transaction",
    what: "transaction of four statements, on a connection that answers in the next turn",
    max: 1.2,
    cases: () => transactions(NextTurn, 4, 32, plain),
  },
  {
    id: "transaction-alone",
    what: "the same, one after the other, on a connection that answers at once",
    max: 1.2,
    cases: () => transactions(Memory, 4, 1, plain),
  },
  {
    id: "transaction-guarantees",
    what: "the same, against one by hand with the same guarantees",
    max: 1,
    // In a row of its own, since its AsyncLocalStorage slows down all promises of the process on Node 20.
    cases: () => transactions(Memory, 4, 1, withGuarantees),
  },
];
