/** Transactions: `transactional` against begin and commit by hand, on a connection in memory. */
import { runInContext, ScopedContainer } from "inversify-scopes";
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

/** A job is a transaction with so many statements, in a context and on a leased connection both times. */
function transactions(Class, statements, atATime) {
  const bare = bind(Class, { maxSize: 64 });
  const ours = bind(Class, { maxSize: 64, transactions: driver });
  const bodyOf = (db) => async () => {
    for (let i = 0; i < statements; i++) keep(await db.query(i));
  };
  const [byHand, inOurs] = [bodyOf(bare), bodyOf(ours)];
  const work = (job) => async (n) => {
    let left = n;
    const client = async () => {
      while (left-- > 0) await runInContext(job);
    };
    await Promise.all(Array.from({ length: atATime }, client));
  };
  return [
    { name: "by hand", run: work(() => inTransaction(bare, byHand)) },
    { name: "ours", run: work(() => transactional(ours, inOurs)) },
  ];
}

export const rows = [
  {
    id: "transaction",
    what: "transaction of four statements, on a connection that answers in the next turn",
    max: 1.2,
    cases: () => transactions(NextTurn, 4, 32),
  },
  {
    id: "transaction-alone",
    what: "the same, one after the other, on a connection that answers at once",
    cases: () => transactions(Memory, 4, 1),
  },
];
