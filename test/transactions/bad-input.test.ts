import "reflect-metadata";

import { expect } from "chai";
import {
  perAsyncContextScope,
  pooledScope,
  runInContext,
  scopedProxy,
  ScopedContainer,
  setFactory,
  shared,
  sharedScope,
} from "inversify-scopes";
import { currentTransaction, sqlTransactions, transactional } from "inversify-scopes/transactions";

import { reasonOf, rejected, thrown } from "../support/errors.js";
import { Recorded, recordingDriver } from "../support/recording.js";
import { recordedService } from "../support/recorded-service.js";

describe("Bad input to transactions", () => {
  const container = new ScopedContainer();

  it("a service without a driver", async () => {
    container.bind(Recorded).toSelf().inPooledScope(2);
    const db = container.get(Recorded);
    const error = await rejected(
      "INVALID_OPTION",
      transactional(db, () => {}),
    );
    expect(error.message).to.equal(
      'transactional: proxy is "Recorded", but must be a service that is bound with the option transactions, per async context or ' +
        "pooled; see sqlTransactions.",
    );
    thrown("INVALID_OPTION", () => currentTransaction(db));
  });

  it("what is no proxy, no function, no option", async () => {
    const { db } = recordedService();
    const cases: [args: unknown[], message: RegExp][] = [
      [[{}, () => {}], /^transactional: proxy is an object, but must be an injected lazy proxy/],
      [[() => {}, () => {}], /^transactional: proxy is a function, but must be/],
      [[db], /^transactional: fn is undefined, but must be a function, given last/],
      [[db, () => {}, {}], /^transactional: options is a function, but must be an object/],
      [[db, function* () {}], /^transactional: fn: it is a generator, whose body would run after the commit/],
      [[db, {}, async function* () {}], /^transactional: fn: it is a generator/],
      [[db, { propagation: "required" }], /^transactional: fn is undefined/],
      [[db, { propagation: "new" }, () => {}], /propagation is "new", but must be "required" or "requires-new"/],
      [[db, { isolation: "SERIALIZABLE" }, () => {}], /isolation is "SERIALIZABLE", but must be "read uncommitted" or/],
      [[db, { readOnly: 1 }, () => {}], /readOnly is 1, but must be true or false/],
      [[db, { timeoutMs: -1 }, () => {}], /timeoutMs is -1, but must be a number of milliseconds/],
      [[db, { timeout: 1 }, () => {}], /there is no option timeout. Did you mean timeoutMs/],
      [[db, { retry: 1.5 }, () => {}], /retry is 1.5, but must be how often, 0 or more/],
      [[db, { retry: "3" }, () => {}], /retry is "3"/],
      [[db, { retry: {} }, () => {}], /retry.times is undefined, but must be a whole number/],
      [[db, { retry: { times: -1 } }, () => {}], /retry.times is -1/],
      [[db, { retry: { times: 1, on: 5 } }, () => {}], /retry.on is 5, but must be a function/],
      [[db, { retry: { times: 1, delay: 5 } }, () => {}], /there is no option retry.delay. Did you mean retry.delayMs/],
    ];
    for (const [args, message] of cases) {
      const error = await rejected(
        "INVALID_OPTION",
        (transactional as (...all: unknown[]) => Promise<unknown>)(...args),
      );
      expect(error.message).to.match(message);
    }
  });

  it("an object that is no driver, at bind time", () => {
    const fn = (): void => {};
    const driver = { begin: fn, commit: fn, rollback: fn };
    const wrong: unknown[] = [
      ...[null, 5, {}, { begin: fn }, { ...driver, commit: "COMMIT" }, { ...driver, savepoint: fn }],
      ...[
        { ...driver, retryable: true },
        { ...driver, savepoint: fn, rollbackTo: fn, releaseSavepoint: 1 },
      ],
    ];
    for (const transactions of wrong as never[]) {
      const text = /transactions is .*, but must be a TransactionDriver: an object with the functions begin, commit/;
      expect(thrown("INVALID_OPTION", () => pooledScope({ maxSize: 1, transactions })).message).to.match(text);
      expect(thrown("INVALID_OPTION", () => perAsyncContextScope({ transactions })).message).to.match(text);
    }
    class Driver {
      begin(): void {}
      commit(): void {}
      rollback(): void {}
    }
    pooledScope({ maxSize: 1, transactions: new Driver() });
  });

  it("a shared service: everybody would be in the same transaction", () => {
    const options = { transactions: recordingDriver() } as never;
    const text = /transactions is .*, but must be left out: everybody uses a shared instance at the same time/;
    expect(thrown("INVALID_OPTION", () => sharedScope(options)).message).to.match(text);
    expect(thrown("INVALID_OPTION", () => shared(options)(class Db {})).message).to.match(text);
    thrown("INVALID_OPTION", () =>
      container
        .bind("other")
        .toDynamicValue(() => ({}))
        .inSharedScope(options),
    );
    const db = scopedProxy<Recorded>("db", { shape: Recorded, transactions: recordingDriver<Recorded>() });
    const error = thrown("INVALID_OPTION", () => setFactory(db, () => new Recorded()));
    expect(error.message).to.match(
      /^setFactory: scope is "shared", but must be one that is not shared, as db has transactions/,
    );
  });

  it("sqlTransactions is told what it understands", () => {
    expect(thrown("INVALID_OPTION", () => sqlTransactions(5 as never)).message).to.match(/^sqlTransactions: run is 5/);
    const wrong = { dialect: "oracle" } as never;
    expect(thrown("INVALID_OPTION", () => sqlTransactions(() => {}, wrong)).message).to.contain('dialect is "oracle"');
  });

  it("a driver that does not know its own errors lets nothing be committed", async () => {
    const { db, run } = recordedService({
      isEndedBy: () => {
        throw new TypeError("errno of undefined");
      },
    });
    const whole = run(() => transactional(db, () => reasonOf(db.query("fail"))));
    const error = await rejected("TRANSACTION_ROLLED_BACK", whole);
    expect(error.message).to.contain("isEndedBy of its driver has failed (TypeError: errno of undefined)");
  });
});

describe("A call whose failure has ended the transaction on the server", () => {
  it("lets nothing through any more, and nothing is committed or rolled back", async () => {
    const { db, log, run } = recordedService({ isEndedBy: (error) => (error as Error).message === "fail hard" });
    const whole = run(() =>
      transactional(db, async () => {
        await reasonOf(db.query("fail softly"));
        await transactional(db, { propagation: "nested" }, async () => {
          await reasonOf(db.query("fail hard"));
          await rejected("TRANSACTION_ROLLED_BACK", db.query("autocommitted"));
        }).catch(() => {});
        await rejected("TRANSACTION_ROLLED_BACK", db.query("autocommitted"));
      }),
    );
    const error = await rejected("TRANSACTION_ROLLED_BACK", whole);
    expect(error.cause).to.have.property("message", "fail hard");
    expect(log).to.deep.equal([...["1: begin", "1: fail softly", "1: savepoint inversify_scopes_1", "1: fail hard"]]);
  });

  it("may be thrown at once", async () => {
    class Sync extends Recorded {
      exec(): never {
        throw new Error("hard");
      }
      size(): number {
        return 3;
      }
    }
    const db = scopedProxy<Sync>("db", { shape: Sync });
    const transactions = recordingDriver<Sync>({ isEndedBy: () => true });
    setFactory(db, () => new Sync(), pooledScope<Sync>({ maxSize: 1, transactions }));
    await runInContext(async () => {
      const whole = transactional(db, () => {
        expect(db.size()).to.equal(3);
        thrownBy(() => db.exec());
      });
      await rejected("TRANSACTION_ROLLED_BACK", whole);
    });
  });
});

function thrownBy(fn: () => unknown): unknown {
  try {
    return fn();
  } catch (error) {
    return error;
  }
}
