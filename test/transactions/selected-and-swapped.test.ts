import "reflect-metadata";

import { expect } from "chai";
import {
  bindToContext,
  hasInstance,
  poolOf,
  pooledScope,
  pools,
  runInContext,
  type Scope,
  scopedProxy,
  ScopedContainer,
  selectSource,
  setFactory,
  setInstance,
  type Source,
} from "inversify-scopes";
import { expectNoLeases, swapInstance, swapScope } from "inversify-scopes/testing";
import { transactional } from "inversify-scopes/transactions";

import { reasonOf, rejected } from "../support/errors.js";
import { gate } from "../support/gate.js";
import { countFromOne, Recorded, recordingDriver } from "../support/recording.js";
import { recordedService } from "../support/recorded-service.js";

const transactions = recordingDriver<Recorded>();
const NEW = { propagation: "requires-new" } as const;

describe("Transactions where the proxy selects among several sources", () => {
  let tenant = "a";

  /** A pool for each tenant; the driver is known to the pools, or to the scope around them. */
  const perTenant = (options: Partial<Parameters<typeof pooledScope<Recorded>>[0] & object>, outer = {}): Scope => ({
    name: "per tenant",
    endsWithContext: true,
    options: outer,
    open(service) {
      const sources = new Map<string, Source>();
      const select = (): Source => {
        if (tenant === "none") throw new Error("no tenant");
        const scope = pooledScope<Recorded>({ maxSize: 2, ...options });
        if (!sources.has(tenant)) sources.set(tenant, scope.open({ ...service, name: `${service.name} of ${tenant}` }));
        return sources.get(tenant)!;
      };
      return selectSource(service, { select, sources: () => sources.values() });
    },
  });

  for (const [where, scope] of [
    ["the pools know the driver", () => perTenant({ transactions })],
    ["the scope around them does", () => perTenant({}, { transactions })],
  ] as const) {
    it(`are on the selected one's instances, where ${where}`, async () => {
      countFromOne();
      const log: string[] = [];
      const container = new ScopedContainer();
      container
        .bind(Recorded)
        .toDynamicValue(() => new Recorded(log))
        .inScope(scope());
      const db = container.get(Recorded);
      for (tenant of ["a", "b"]) {
        await runInContext(() =>
          transactional(db, async () => {
            await db.query(tenant);
            await transactional(db, NEW, () => db.query(`new of ${tenant}`));
          }),
        );
      }
      const of = (n: number, t: string): string[] => [
        ...[
          `${n}: begin`,
          `${n}: ${t}`,
          `${n + 1}: begin`,
          `${n + 1}: new of ${t}`,
          `${n + 1}: commit`,
          `${n}: commit`,
        ],
      ];
      expect(log).to.deep.equal([...of(1, "a"), ...of(3, "b")]);
      expect(pools(container).map(({ label }) => label)).to.deep.equal(["Recorded of a", "Recorded of b"]);
      tenant = "none";
      expect(
        await reasonOf(
          runInContext(() =>
            transactional(db, () => {
              throw new Error("not reached");
            }),
          ),
        ),
      ).to.have.property("message", "no tenant");
    });
  }
});

describe("A source with transactions that a scope of one's own asks", () => {
  it("gives the transaction's instance inside, and the context's outside", async () => {
    countFromOne();
    let source!: Source;
    const scope: Scope<Recorded> = {
      name: "asking",
      endsWithContext: true,
      open: (service) => (source = pooledScope<Recorded>({ maxSize: 2, transactions }).open(service)),
    };
    const db = scopedProxy<Recorded>("db", { shape: Recorded });
    const made = gate();
    setFactory(db, () => made.promise.then(() => new Recorded()), scope);
    await runInContext(async () => {
      expect(source.order).to.be.a("number");
      expect(source.acquireNow()).to.be.undefined;
      expect(source.unavailableError("query")).to.have.property("code", "NOT_READY");
      made.open();
      const own = await source.acquire();
      expect(source.acquireNow()).to.equal(own);
      expect(source.peek()).to.equal(own);
      let late!: () => unknown;
      await transactional(db, () =>
        transactional(db, NEW, async () => {
          await source.ready!();
          expect(source.acquireNow()).to.equal(source.peek()).and.not.to.equal(own);
          late = bindToContext(() => hasInstance(db));
        }),
      );
      expect(late()).to.be.false;
    });
  });
});

describe("Transactions after a rebind", () => {
  it("are those of the binding that took the place", async () => {
    const { container, db, log } = recordedService();
    await (
      await container.rebind(Recorded)
    )
      .toDynamicValue(() => new Recorded(log))
      .inPooledScope({ maxSize: 1, transactions: recordingDriver<Recorded>() });
    await runInContext(() => transactional(db, () => db.query("rebound")));
    expect(log).to.deep.equal(["1: begin", "1: rebound", "1: commit"]);
    expect(poolOf(db).stats().maxSize).to.equal(1);
  });
});

describe("Transactions on what a test has put in the place of a service", () => {
  it("have the binding's driver: on an object", async () => {
    const { container, db, run } = recordedService();
    const fake = new Recorded();
    {
      using _ = swapInstance(container, Recorded, fake);
      expect(hasInstance(db)).to.be.true;
      expectNoLeases(container);
      await run(() =>
        transactional(db, async () => {
          await db.query("inside");
          for (const propagation of ["requires-new", "not-supported"] as const) {
            const error = await rejected(
              "TRANSACTION_CONFLICT",
              transactional(db, { propagation }, () => {}),
            );
            expect(error.message).to.contain("one object stands for all of them here");
          }
        }),
      );
      await Promise.all(["one", "two"].map((sql) => transactional(db, () => db.query(sql))));
      await reasonOf(transactional(db, () => db.query("fail")));
    }
    expect(fake.log.map((line) => line.slice(line.indexOf(" ") + 1))).to.deep.equal([
      ...["begin", "inside", "commit", "begin", "one", "commit", "begin", "two", "commit", "begin", "fail", "rollback"],
    ]);
  });

  it("have the binding's driver: in another scope", async () => {
    const { container, db, log, run } = recordedService();
    for (const scope of [pooledScope<Recorded>(2), "shared"] as const) {
      await using _ = swapScope(container, Recorded, scope);
      log.splice(0);
      await run(() => transactional(db, () => db.query("inside")));
      expect(log.map((line) => line.slice(3))).to.deep.equal(["begin", "inside", "commit"]);
    }
  });

  it("have that of a proxy without a container", async () => {
    const db = scopedProxy<Recorded>("db", { shape: Recorded, transactions: recordingDriver<Recorded>() });
    const one = new Recorded();
    setInstance(db, one);
    await transactional(db, () => db.query("inside"));
    expect(one.log).to.have.length(3);
    setFactory(db, () => new Recorded(one.log), "per-async-context");
    await transactional(db, () => db.query("inside"));
    expect(one.log).to.have.length(6);
  });

  it("wait for their own calls only, where one object stays for all and a call has outlived an earlier transaction", async () => {
    const go = gate();
    class Hanging extends Recorded {
      async hang(): Promise<void> {
        await go.promise;
      }
    }
    const db = scopedProxy<Hanging>("db", { shape: Hanging, transactions: recordingDriver<Hanging>() });
    const one = new Hanging();
    setInstance(db, one);
    let left!: Promise<void>;
    const body = (): Promise<never> => {
      left = db.hang();
      return new Promise(() => {});
    };
    // Its rollback waits for the call in vain.
    await rejected("TRANSACTION_TIMEOUT", transactional(db, { timeoutMs: 5 }, body));
    await transactional(db, () => db.query("next"));
    expect(one.log.map((line) => line.slice(3))).to.deep.equal(["begin", "begin", "next", "commit"]);
    go.open();
    await left;
    await transactional(db, () => db.query("last"));
    expect(one.log.at(-1)).to.match(/: commit$/);
  });
});
