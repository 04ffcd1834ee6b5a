import "reflect-metadata";

import { expect } from "chai";
import { runInContext } from "inversify-scopes";
import { transactional, type TransactionOptions } from "inversify-scopes/transactions";

import { rejected } from "../support/errors.js";
import { gate } from "../support/gate.js";
import { openLedger } from "../support/ledger.js";

describe("Transactions on PostgreSQL that are in each other's way", function () {
  this.timeout(30_000);

  /** Two jobs that first touch one account each, and then the other's. */
  async function crossing(
    options: TransactionOptions,
  ): Promise<{ attempts: number; failures: unknown[]; sums: number[] }> {
    await using ledger = await openLedger(2);
    const { db, table } = ledger;
    const add = (id: number): Promise<unknown> =>
      db.query(`UPDATE ${table} SET balance = balance + 1 WHERE id = ${id}`);
    const both = gate();
    let attempts = 0;
    const job = (first: number, second: number): Promise<unknown> =>
      runInContext(() =>
        transactional(db, options, async () => {
          await add(first);
          if (++attempts === 2) both.open();
          await both.promise;
          await add(second);
        }),
      );
    const ends = await Promise.allSettled([job(1, 2), job(2, 1)]);
    const failures = ends.flatMap((end) => (end.status === "rejected" ? [end.reason.code as unknown] : []));
    return { attempts, failures, sums: [await ledger.balance(1), await ledger.balance(2)] };
  }

  it("deadlock, of which one is told", async () => {
    expect(await crossing({})).to.deep.equal({ attempts: 2, failures: ["40P01"], sums: [101, 101] });
  });

  it("deadlock, and are tried again", async () => {
    const { attempts, ...rest } = await crossing({ retry: 5 });
    expect(attempts).to.be.greaterThan(2);
    expect(rest).to.deep.equal({ failures: [], sums: [102, 102] });
  });

  /** Two jobs that both read the sum, and then change what the other has read. */
  async function skewing(options: TransactionOptions): Promise<{ attempts: number; failures: unknown[]; sum: number }> {
    await using ledger = await openLedger(2);
    const { db, table } = ledger;
    const both = gate();
    let attempts = 0;
    const job = (id: number): Promise<unknown> =>
      runInContext(() =>
        transactional(db, { isolation: "serializable", ...options }, async () => {
          const [row] = await db.query<{ sum: number }>(`SELECT sum(balance)::int AS sum FROM ${table}`);
          if (++attempts === 2) both.open();
          await both.promise;
          // Each may take 150, as long as that much is there.
          if (row!.sum >= 150) await db.query(`UPDATE ${table} SET balance = balance - 150 WHERE id = ${id}`);
        }),
      );
    const ends = await Promise.allSettled([job(1), job(2)]);
    const failures = ends.flatMap((end) => (end.status === "rejected" ? [end.reason.code as unknown] : []));
    return { attempts, failures, sum: (await ledger.balance(1)) + (await ledger.balance(2)) };
  }

  it("cannot be serialized, of which one is told, be it at its commit", async () => {
    expect(await skewing({})).to.deep.equal({ attempts: 2, failures: ["40001"], sum: 50 });
  });

  it("cannot be serialized, and are tried again", async () => {
    expect(await skewing({ retry: { times: 3, delayMs: 5 } })).to.deep.equal({ attempts: 3, failures: [], sum: 50 });
  });

  it("keep the books exact: 100 clients on 8 connections, whatever becomes of each", async () => {
    await using ledger = await openLedger(5, { acquireTimeoutMs: 20_000 });
    const { db, table, admin, pool } = ledger;
    // A sequence of its own, so that a failure can be looked into.
    let seed = 4_711;
    const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
    const move = async (from: number, to: number): Promise<void> => {
      await db.query(`UPDATE ${table} SET balance = balance - 1 WHERE id = ${from}`);
      await db.query(`UPDATE ${table} SET balance = balance + 1 WHERE id = ${to}`);
    };
    const outcomes = [
      async (): Promise<void> => {},
      async (): Promise<void> => {
        throw new Error("own");
      },
      async (): Promise<void> => void (await db.query("SELECT nonsense")),
      async (): Promise<void> => void (await db.query("SELECT nonsense").catch(() => {})),
      async (): Promise<void> => {
        await transactional(db, { propagation: "nested" }, async () => {
          await db.query(`UPDATE ${table} SET balance = balance - 1000`);
          throw new Error("nested");
        }).catch(() => {});
      },
      async (): Promise<void> => void (await admin.query("SELECT pg_terminate_backend($1)", [await db.backend()])),
      // Not awaited, and one statement: of several, some would be late.
      async (): Promise<void> =>
        void db.query(`UPDATE ${table} SET balance = balance + 2 * id - 3 WHERE id IN (1, 2)`).catch(() => {}),
    ];
    const client = (): Promise<unknown> => {
      const [from, to, outcome, ends] = [1 + random(5), 1 + random(5), random(outcomes.length), random(4)];
      return runInContext(async () => {
        const whole = transactional(db, { retry: 20 }, async () => {
          await move(from, to);
          await outcomes[outcome]!();
        });
        if (ends > 0) return whole;
        whole.catch(() => {});
        await new Promise((resolve) => setImmediate(resolve));
      });
    };
    const ends = await Promise.allSettled(Array.from({ length: 100 }, client));
    expect(ends.filter(({ status }) => status === "fulfilled").length).to.be.within(20, 95);
    while (pool.stats().leased + pool.stats().draining > 0) await new Promise((resolve) => setTimeout(resolve, 10));
    const [row] = await admin.query<{ sum: number }>(`SELECT sum(balance)::int AS sum FROM ${table}`);
    expect(row!.sum).to.equal(500);
    const [open] = await admin.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name = $1 AND state LIKE 'idle in%'`,
      [table],
    );
    expect(open!.n).to.equal(0);
    expect(pool.stats()).to.include({ waiting: 0 });
    expect(pool.stats().size).to.be.at.most(8);
    await rejected(
      "TRANSACTION_REQUIRED",
      transactional(db, { propagation: "mandatory" }, () => {}),
    );
  });
});
