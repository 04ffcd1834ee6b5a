import "reflect-metadata";

import { expect } from "chai";
import {
  lease,
  ready,
  runInContext,
  ScopedContainer,
  ScopeError,
  scopedProxy,
  setInstance,
  verify,
} from "inversify-scopes";
import { Pool } from "inversify-scopes/pool";
import { expectNoLeases } from "inversify-scopes/testing";

import { reasonOf, rejected, thrown } from "../support/errors.js";

class Db {
  ping(): string {
    return "pong";
  }
}

/** What no client must read. */
const SECRETS = ["holder of it", "no such host", "pid", "12345", "another"];

/** Pooled, held by somebody, and nothing more to be had. */
async function held(options: object, then: (db: Db, container: ScopedContainer) => Promise<unknown>): Promise<void> {
  const container = new ScopedContainer();
  container
    .bind(Db)
    .toSelf()
    .inPooledScope({ maxSize: 1, acquireTimeoutMs: 5, describe: () => ({ pid: 12345 }), ...options });
  const db = container.get(Db);
  let letGo!: () => void;
  const holding = runInContext({ name: "the holder of it" }, async () => {
    db.ping();
    await new Promise<void>((resolve) => (letGo = resolve));
  });
  await then(db, container);
  letGo();
  await holding;
}

const down = async (): Promise<Db> => Promise.reject(new Error("no such host"));

/** Errors that say to the operator what a client must not read; the words of it that both are told. */
const cases: Record<string, [words: RegExp, secret: RegExp | undefined, make: () => Promise<ScopeError>]> = {
  "POOL_EXHAUSTED: holders": [
    /^Db\.ping cannot wait, and every instance of Db is in use\. Take it first: .*lease\(proxy\)/,
    /, held by the holder of it \(for \d+ ms\)\. Take/,
    () => inside((db) => thrown("POOL_EXHAUSTED", () => db.ping())),
  ],
  "POOL_TIMEOUT: holders, what they hold, the state of the pool": [
    /^Db: no instance within 5 ms: none came back\. Shorten the leases/,
    /\(1 leased of 1, 1 waiting\)\. Held by the holder of it for \d+ ms \(\{ pid: 12345 \}\)[^]* Asked for by GET \/\./,
    () => inside((db) => rejected("POOL_TIMEOUT", ready(db))),
  ],
  "POOL_OVERLOADED: holders": [
    /^Db: 0 wait already, and maxWaiting is 0\. Shed load/,
    /Held by the holder of it[^]* Asked for by GET \/\./,
    () => inside((db) => rejected("POOL_OVERLOADED", ready(db)), { maxWaiting: 0 }),
  ],
  "POOL_DEADLOCK: the other contexts": [
    /^another one would wait for ever for Db\. Take what is needed together/,
    /: another one waits for Db, held by the holder of it; /,
    () =>
      runInContext({ name: "the holder of it" }, async () => {
        const container = new ScopedContainer();
        container.bind(Db).toSelf().inPooledScope(1);
        const db = container.get(Db);
        db.ping();
        return runInContext({ name: "another one" }, () => rejected("POOL_DEADLOCK", ready(db)));
      }),
  ],
  "CREATE_FAILED: the cause, of a shared service": [
    /^Db could not be made$/,
    /: Error: no such host$/,
    () => {
      const container = new ScopedContainer();
      container.bind(Db).toDynamicValue(down).inSharedScope();
      return rejected("CREATE_FAILED", ready(container.get(Db)));
    },
  ],
  "CREATE_FAILED: the cause, of a pool": [
    /^pool: create failed$/,
    /: Error: no such host$/,
    () => rejected("CREATE_FAILED", new Pool({ label: "pool", maxSize: 1, create: down }).acquire()),
  ],
  "POOL_TIMEOUT: the last failure to create": [
    /^pool: no instance within 20 ms: .*\. Shorten the leases/,
    /The last creation failed: Error: no such host\./,
    async () => {
      const pool = new Pool({ label: "pool", maxSize: 1, create: down });
      for (let i = 0; i < 3; i++) await reasonOf(pool.acquire({ timeoutMs: 5 }));
      return rejected("POOL_TIMEOUT", pool.acquire({ timeoutMs: 20 }));
    },
  ],
  "LEASE_ENDED: whose it was": [
    /^pool: the lease was taken back after \d+ ms: the pool closes\. Its instance is destroyed; take a new one\.$/,
    /the lease of explicit lease was taken .* Its instance \(\{ pid: 12345 \}\)/,
    async () => {
      const create = (): Db => new Db();
      const pool = new Pool({ label: "pool", maxSize: 1, create, describe: () => ({ pid: 12345 }) });
      const own = await pool.acquire();
      await pool.close({ graceMs: 0 });
      return thrown("LEASE_ENDED", () => own.value);
    },
  ],
  "LEASES_LEFT: who holds them": [
    /^1 lease\(s\) were not given back\. Await runInContext/,
    /Db held by the holder of it/,
    () => inside((_, container) => thrown("LEASES_LEFT", () => expectNoLeases(container))),
  ],
  "INVALID_OPTION: what was given": [
    /^lease: timeoutMs must be milliseconds/,
    /is "12345", but must/,
    () => rejected("INVALID_OPTION", lease(scopedProxy<Db>("db"), { timeoutMs: "12345" as unknown as number })),
  ],
  "a context of its own may be named": [
    /^Db was used after the end of GET \/|^Db\.ping was used after the end of GET \//,
    undefined,
    async () => {
      const container = new ScopedContainer();
      container.bind(Db).toSelf().inPerAsyncContextScope();
      const db = container.get(Db);
      const late = await runInContext({ name: "GET /" }, () => ({
        error: new Promise<ScopeError>((resolve) =>
          setImmediate(() => resolve(thrown("CONTEXT_ENDED", () => db.ping()))),
        ),
      }));
      return late.error;
    },
  ],
};

async function inside(
  touch: (db: Db, container: ScopedContainer) => ScopeError | Promise<ScopeError>,
  options: object = {},
): Promise<ScopeError> {
  let error!: ScopeError;
  await held(options, (db, container) =>
    runInContext({ name: "GET /" }, async () => (error = await touch(db, container))),
  );
  return error;
}

describe("publicMessage says the same without holders, other contexts and causes (law 11)", () => {
  for (const [name, [words, secret, make]] of Object.entries(cases)) {
    it(name, async () => {
      const error = await make();
      expect(error.publicMessage).to.match(words);
      if (secret !== undefined) {
        expect(error.message).to.match(secret);
        const told = SECRETS.filter(
          (word) => error.publicMessage.includes(word) && error.context?.includes(word) !== true,
        );
        expect(told).to.eql([]);
      } else expect(error.publicMessage).to.equal(error.message);
    });
  }

  it("of what verify finds only how much it is", () => {
    const container = new ScopedContainer();
    container
      .bind("password of it")
      .toDynamicValue(() => ({}))
      .inPooledScope(1);
    const error = thrown("POOL_EXHAUSTED", () => verify(container));
    expect(error.publicMessage).to.equal("1 finding(s) in the container's wiring");
    expect(error.message).to.include("password of it");
  });

  it("is no enumerable fact, like `message`, and stays when a message is added to", () => {
    const error = thrown("NOT_SET", () => scopedProxy<Db>("db").ping());
    expect(Object.keys(error)).to.not.include("publicMessage");
    error.message += " while the password was 12345";
    expect(error.publicMessage).to.match(/^db\.ping was touched before it was set\./);
  });

  it("is the message of one that somebody else makes", () => {
    expect(new ScopeError("NOT_SET", "not set,\nyet").publicMessage).to.equal("not set,\\nyet");
  });

  it("controls: what works needs none", () => {
    const db = scopedProxy<Db>("db");
    setInstance(db, new Db());
    expect(db.ping()).to.equal("pong");
  });
});
