import "reflect-metadata";
import { expect } from "chai";
import {
  currentContext,
  type ErrorCode,
  runInContext,
  ScopedContainer,
  ScopeError,
  shutdown,
  use,
} from "inversify-scopes";
import { isBusy } from "inversify-scopes/http";

import { reasonOf, rejected } from "../support/errors.js";
import { gate } from "../support/gate.js";
import { secondCopy } from "../support/second-copy.js";

class Db {
  async query(): Promise<string> {
    return "rows";
  }
}

const of = (code: ErrorCode, cause?: unknown): ScopeError => new ScopeError(code, "db: no", { cause });

const BUSY: readonly ErrorCode[] = [
  "POOL_TIMEOUT",
  "POOL_OVERLOADED",
  "POOL_EXHAUSTED",
  "POOL_DEADLOCK",
  "POOL_CLOSED",
  "CREATE_FAILED",
  "CREATE_TIMEOUT",
  "CHECK_TIMEOUT",
];
const BROKEN: readonly ErrorCode[] = [
  "NO_CONTEXT",
  "CONTEXT_ENDING",
  "CONTEXT_ENDED",
  "NOT_READY",
  "NOT_SET",
  "UNBOUND",
  "DESTROY_TIMEOUT",
  "LEASE_ENDED",
  "LEASES_LEFT",
  "SWAPS_LEFT",
  "RESULT_ESCAPES",
  "CONCURRENT_USE",
  "CAPTIVE_DEPENDENCY",
  "SCOPE_CYCLE",
  "NOT_PROXYABLE",
  "TRANSACTION_ENDED",
  "TRANSACTION_REQUIRED",
  "TRANSACTION_FORBIDDEN",
  "TRANSACTION_CONFLICT",
  "TRANSACTION_ROLLED_BACK",
  "TRANSACTION_TIMEOUT",
  "INVALID_OPTION",
];

describe("isBusy", () => {
  for (const code of BUSY) it(`holds for ${code}`, () => expect(isBusy(of(code))).to.equal(true));
  for (const code of BROKEN) it(`does not hold for ${code}`, () => expect(isBusy(of(code))).to.equal(false));

  it("holds for a full pool, as it is met", async () => {
    const container = new ScopedContainer();
    container.bind(Db).toSelf().inPooledScope({ maxSize: 1, acquireTimeoutMs: 5 });
    const db = container.get(Db);
    await use(db, async () => {
      expect(isBusy(await reasonOf(runInContext(() => db.query())))).to.equal(true);
    });
    await container.unbindAllAsync();
  });

  it("looks through the causes, of which the last of ours decides", () => {
    const orders = new Error("orders cannot be listed", { cause: of("POOL_TIMEOUT", new Error("refused")) });
    expect(isBusy(new Error("wrapped twice", { cause: orders }))).to.equal(true);
    expect(isBusy(of("TRANSACTION_ROLLED_BACK", of("POOL_TIMEOUT")))).to.equal(true);
    expect(isBusy(of("CREATE_FAILED", new Error("refused")))).to.equal(true);
    expect(isBusy(of("CREATE_FAILED", of("CHECK_TIMEOUT")))).to.equal(true);
    expect(isBusy(of("CREATE_FAILED", of("CAPTIVE_DEPENDENCY"))), "broken for good").to.equal(false);
  });

  it("holds, once the container is shut down, for what meets its end, and for no other UNBOUND", async () => {
    const container = new ScopedContainer();
    container.bind(Db).toSelf().inPooledScope(1);
    const db = container.get(Db);
    const aborted = gate<unknown>();
    const open = runInContext(async () => {
      const { signal } = currentContext()!;
      signal.addEventListener("abort", () => aborted.open(signal.reason));
      await aborted.promise;
    });
    await shutdown(container, { graceMs: 0 });
    await open;
    expect(isBusy(await aborted.promise)).to.equal(true);
    expect(
      isBusy(
        await rejected(
          "UNBOUND",
          runInContext(() => db.query()),
        ),
      ),
    ).to.equal(true);

    const other = new ScopedContainer();
    other.bind(Db).toSelf().inPerAsyncContextScope();
    const removed = other.get(Db);
    other.unbind(Db);
    expect(
      isBusy(
        await rejected(
          "UNBOUND",
          runInContext(() => removed.query()),
        ),
      ),
    ).to.equal(false);
  });

  it("holds for an error of another installed copy", async () => {
    const copy = await secondCopy();
    try {
      const { ready, runInContext: run, ScopedContainer: Other, shutdown: end } = copy.main;
      const container = new Other();
      container.bind(Db).toSelf().inPooledScope(1);
      const db = container.get(Db);
      await end(container);
      expect(
        isBusy(
          await rejected(
            "UNBOUND",
            run(() => ready(db)),
          ),
        ),
      ).to.equal(true);
    } finally {
      await copy.remove();
    }
  });

  for (const [what, value] of [
    ["nothing", undefined],
    ["a string", "POOL_TIMEOUT"],
    ["another error with such a code", Object.assign(new Error("no"), { code: "POOL_TIMEOUT" })],
    [
      "an error whose cause cannot be read",
      Object.defineProperty(new Error("no"), "cause", {
        get() {
          throw new Error("mine");
        },
      }),
    ],
  ] as const) {
    it(`does not hold for ${what}`, () => expect(isBusy(value)).to.equal(false));
  }
});
