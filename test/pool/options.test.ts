import { expect } from "chai";
import { Pool, type PoolOptions } from "inversify-scopes/pool";

import { rejected, thrown } from "../support/errors.js";
import { poolOf, Thing } from "../support/pool.js";

const create = (n: number): Thing => new Thing(n);
const wrong = (options: object): string =>
  thrown("INVALID_OPTION", () => new Pool(options as PoolOptions<Thing>)).message;

/** As a program would write it. */
const print = (value: unknown): string =>
  Number.isNaN(value) || value === Infinity
    ? String(value)
    : typeof value === "function"
      ? `the function ${value.name}`
      : JSON.stringify(value);

describe("pool options", () => {
  it("a clock without a time: what it says or throws is not pool's to guess", () => {
    const timers = { setTimeout, clearTimeout };
    const broken = (): never => {
      throw new Error("no time");
    };
    for (const now of [broken, () => Number.NaN, () => "12:00", () => undefined]) {
      expect(wrong({ create, maxSize: 1, label: "Db", clock: { ...timers, now } })).to.match(
        /^Db: .*clock\.now\(\).* milliseconds, a finite number/,
      );
    }
  });

  it("the documented defaults hold (test_defaults)", () => {
    const pool = new Pool({ create, maxSize: Infinity });
    const { config, maxSize, minSize } = pool.stats();
    expect(maxSize).to.equal(null);
    expect(minSize).to.equal(0);
    expect(config).to.deep.equal({
      maxSize: null,
      minSize: 0,
      minIdle: 0,
      acquireTimeoutMs: 30_000,
      createTimeoutMs: 30_000,
      checkTimeoutMs: 5000,
      destroyTimeoutMs: 5000,
      drainTimeoutMs: 30_000,
      createConcurrency: null,
      createBackoffMs: { min: 100, max: 10_000 },
      maxWaiting: null,
      maxUses: null,
      idleTimeoutMs: null,
      maxAgeMs: null,
      maxAgeJitter: 0.1,
      leaseWarnMs: null,
      maxLeaseMs: null,
      leaseStacks: false,
      healthCheckIntervalMs: 30_000,
      checkOn: [],
      checkAfterIdleMs: 0,
      order: "lifo",
    });
    expect(pool.label).to.match(/^pool-\d+$/);
  });

  it("checkOn is idle, and stacks are recorded, where a check and a warning are wanted", () => {
    const { config } = new Pool({ create, maxSize: 1, healthCheck: () => true, leaseWarnMs: 5 }).stats();
    expect(config).to.include({ leaseStacks: true });
    expect(config["checkOn"]).to.deep.equal(["idle"]);
  });

  it("undefined counts as not given", () => {
    expect(
      new Pool({ create, maxSize: 1, minSize: undefined, label: undefined, clock: undefined }).stats().minSize,
    ).to.equal(0);
  });

  for (const [name, value, allowed] of [
    ["create", "x", "a function"],
    ["maxSize", 0, "an integer, 1 or more, or Infinity"],
    ["maxSize", -1, "an integer, 1 or more, or Infinity"],
    ["maxSize", 1.5, "an integer, 1 or more, or Infinity"],
    ["maxSize", Number.NaN, "an integer, 1 or more, or Infinity"],
    ["maxSize", "8", "an integer, 1 or more, or Infinity"],
    ["minSize", 3, "at most maxSize, which is 2"],
    ["minSize", -1, "an integer, 0 or more"],
    ["minSize", Infinity, "an integer, 0 or more"],
    ["minIdle", 3, "at most maxSize, which is 2"],
    ["minIdle", 0.5, "an integer, 0 or more"],
    ["minIdle", Infinity, "an integer, 0 or more"],
    ["acquireTimeoutMs", -1, "milliseconds, 0 or more, or Infinity"],
    ["createTimeoutMs", "1s", "milliseconds, 0 or more, or Infinity"],
    ["checkTimeoutMs", Number.NaN, "milliseconds, 0 or more, or Infinity"],
    ["destroyTimeoutMs", null, "milliseconds, 0 or more, or Infinity"],
    ["createConcurrency", 0, "an integer, 1 or more, or Infinity"],
    ["createBackoffMs", 100, "an object { min, max }"],
    ["createBackoffMs", null, "an object { min, max }"],
    ["maxWaiting", -1, "an integer, 0 or more, or Infinity"],
    ["maxUses", 0, "an integer, 1 or more, or Infinity"],
    ["idleTimeoutMs", -5, "milliseconds, 0 or more, or Infinity"],
    ["maxAgeMs", "1h", "milliseconds, more than 0, or Infinity"],
    ["maxAgeMs", 0, "milliseconds, more than 0, or Infinity"],
    ["maxAgeJitter", "0.5", "a number from 0 to 1"],
    ["maxAgeJitter", 1.1, "a number from 0 to 1"],
    ["maxAgeJitter", -0.1, "a number from 0 to 1"],
    ["leaseWarnMs", -1, "milliseconds, 0 or more, or Infinity"],
    ["maxLeaseMs", -1, "milliseconds, 0 or more, or Infinity"],
    ["leaseStacks", 1, "true or false"],
    ["healthCheck", true, "a function"],
    ["healthCheckIntervalMs", 0, "milliseconds, more than 0, or Infinity, with a healthCheck"],
    ["healthCheckIntervalMs", 5, "milliseconds, more than 0, or Infinity, with a healthCheck"],
    ["checkOn", "idle", 'an array of "idle", "acquire", "release", with a healthCheck'],
    ["checkOn", {}, 'an array of "idle", "acquire", "release", with a healthCheck'],
    ["checkOn", ["borrow"], 'an array of "idle", "acquire", "release", with a healthCheck'],
    ["checkOn", ["idle"], 'an array of "idle", "acquire", "release", with a healthCheck'],
    ["checkAfterIdleMs", -1, "milliseconds, 0 or more, or Infinity"],
    ["onCreate", 1, "a function"],
    ["onAcquire", {}, "a function"],
    ["onRelease", "", "a function"],
    ["destroy", "end", "a function"],
    ["describe", 1, "a function"],
    ["order", "random", '"lifo" or "fifo"'],
    ["label", "", "a string, not empty"],
    ["label", 5, "a string, not empty"],
    ["logger", {}, "an object with warn(message, facts)"],
    ["logger", null, "an object with warn(message, facts)"],
    ["logger", console.warn, "an object with warn(message, facts)"],
    ["clock", { now: () => 0 }, "an object with now(), setTimeout() and clearTimeout()"],
  ] as const) {
    it(`test_bad_size and others: ${name}: ${JSON.stringify(value)} is refused, with what is allowed`, () => {
      const shown = value === null || typeof value !== "object" || Array.isArray(value) ? print(value) : "an object";
      expect(wrong({ create, maxSize: 2, label: "Db", [name]: value })).to.equal(
        `${name === "label" ? "Pool" : "Db"}: ${name} is ${shown}, but must be ${allowed}.`,
      );
    });
  }

  for (const [given, said] of [
    [{ min: 0 }, "createBackoffMs.min is 0, but must be milliseconds, more than 0 and less than Infinity."],
    [{ min: "1" }, 'createBackoffMs.min is "1", but must be milliseconds, more than 0 and less than Infinity.'],
    [
      { max: Infinity },
      "createBackoffMs.max is Infinity, but must be milliseconds, more than 0 and less than Infinity.",
    ],
    [{ min: null }, "createBackoffMs.min is null, but must be milliseconds, more than 0 and less than Infinity."],
    [{ min: 10, max: 5 }, "createBackoffMs.min is 10, but must be at most createBackoffMs.max, which is 5."],
    [{ min: 10, maxx: 50 }, "there is no option createBackoffMs.maxx. Did you mean createBackoffMs.max?"],
  ] as const) {
    it(`createBackoffMs: ${JSON.stringify(given)} is refused`, () => {
      expect(wrong({ create, maxSize: 1, label: "Db", createBackoffMs: given })).to.equal(`Db: ${said}`);
    });
  }

  it("the limits themselves are allowed (test_defaults)", () => {
    new Pool({ create, maxSize: 1, minSize: 1, maxUses: 1, createConcurrency: 1, maxWaiting: 0, maxAgeJitter: 0 });
    new Pool({ create, maxSize: 1, maxAgeJitter: 1, createBackoffMs: { min: 5, max: 5 }, acquireTimeoutMs: 0 });
    new Pool({ create, maxSize: 1, maxAgeMs: Infinity, checkOn: [], order: "fifo" });
    new Pool({ create, maxSize: 1, healthCheck: () => true, healthCheckIntervalMs: 1, checkOn: [] });
  });

  it("create and maxSize are required", () => {
    expect(wrong({ maxSize: 1, label: "Db" })).to.equal("Db: create is undefined, but must be a function.");
    expect(wrong({ create, label: "Db" })).to.equal(
      "Db: maxSize is undefined, but must be an integer, 1 or more, or Infinity.",
    );
    for (const nothing of [undefined, null, 5, "x", []]) {
      expect(wrong(nothing as unknown as object)).to.match(/^Pool: options is .*, but must be an object\.$/);
    }
  });

  for (const [given, meant] of [
    ["acquireTimeout", "acquireTimeoutMs"],
    ["maxsize", "maxSize"],
    ["max_size", "maxSize"],
    ["idleTimeoutMS", "idleTimeoutMs"],
    ["healtCheck", "healthCheck"],
    ["onRelaese", "onRelease"],
    ["lable", "label"],
    ["logr", "logger"],
    ["maxLeas", "maxLeaseMs"],
    ["MAX_AGE", "maxAgeMs"],
    ["max", "maxSize"],
    ["min", "minSize"],
    ["acquireTimeoutMillis", "acquireTimeoutMs"],
    ["idleTimeoutMillis", "idleTimeoutMs"],
    ["helthChekIntrval", "healthCheckIntervalMs"],
  ] as const) {
    it(`a misspelt option does not pass silently: ${given}`, () => {
      expect(wrong({ create, maxSize: 1, [given]: 5 })).to.equal(
        `Pool: there is no option ${given}. Did you mean ${meant}?`,
      );
    });
  }

  for (const given of ["hook", "ourlabel", "ms", "x"]) {
    it(`no guess where nothing is near: ${given}`, () => {
      expect(wrong({ create, maxSize: 1, [given]: 5 })).to.include(`there is no option ${given}. Known are create, `);
    });
  }

  it("an unknown option is told all known ones; so is one that every object has", () => {
    expect(wrong({ create, maxSize: 1, fun: create })).to.match(
      /there is no option fun\. Known are create, maxSize, minSize, minIdle, .*, clock\.$/,
    );
    expect(wrong({ create, maxSize: 1, constructor: create })).to.include("no option constructor");
    expect(wrong(Object.assign(Object.create({ max: 5 }), { create, maxSize: 1 }))).to.include("no option max");
  });

  it("the pool names itself", () => {
    expect(poolOf({ label: "Db" }).pool.label).to.equal("Db");
    const [first, second] = [new Pool({ create, maxSize: 1 }), new Pool({ create, maxSize: 1 })];
    expect(second.label).to.equal(`pool-${Number(first.label.slice("pool-".length)) + 1}`);
    expect(wrong({ create, maxSize: 1, label: "Db", minSize: 2 })).to.match(/^Db: /);
  });

  it("a warning when leases are taken back before they are warned about", () => {
    const { warnings } = poolOf({ leaseWarnMs: 20, maxLeaseMs: 10 });
    expect(warnings.map(({ kind, message }) => [kind, message])).to.deep.equal([
      ["POOL_OPTIONS", "Test: leaseWarnMs, 20 ms, is not less than maxLeaseMs, 10 ms: leases are taken back unwarned"],
    ]);
    expect(poolOf({ leaseWarnMs: 10, maxLeaseMs: 10 }).warnings.length).to.equal(1);
    expect(poolOf({ leaseWarnMs: 10, maxLeaseMs: 20 }).warnings).to.deep.equal([]);
  });

  it("backoff: one of min and max may be given", () => {
    const config = (createBackoffMs: object): unknown =>
      new Pool({ create, maxSize: 1, createBackoffMs }).stats().config["createBackoffMs"];
    expect(config({ min: 5 })).to.deep.equal({ min: 5, max: 10_000 });
    expect(config({ max: 5 })).to.deep.equal({ min: 5, max: 5 });
    expect(config({ min: 20_000 })).to.deep.equal({ min: 20_000, max: 20_000 });
    expect(config({})).to.deep.equal({ min: 100, max: 10_000 });
  });

  it("options of acquire and close are checked too; neither throws", async () => {
    const { pool, calls } = poolOf();
    const bad = async (options: object): Promise<string> =>
      (await rejected("INVALID_OPTION", pool.acquire(options))).message;
    expect(await bad({ timeout: 5 })).to.include("Test: there is no option timeout. Did you mean timeoutMs?");
    expect(await bad({ timeoutMs: "5" })).to.include(
      'timeoutMs is "5", but must be milliseconds, 0 or more, or Infinity.',
    );
    expect(await bad({ signal: {} })).to.equal("Test: signal is an object, but must be an AbortSignal.");
    expect(await bad(5 as unknown as object)).to.equal("Test: options is 5, but must be an object.");
    expect((await rejected("INVALID_OPTION", pool.close({ graceMs: -1 }))).message).to.include("graceMs is -1");
    expect(
      (
        await rejected(
          "INVALID_OPTION",
          pool.use(() => 1, { timeoutMs: -1 }),
        )
      ).message,
    ).to.include("timeoutMs is -1");
    expect(calls).to.deep.equal([]);
    expect(pool.stats().state).to.equal("open");
  });

  it("resize refuses what is no size (test_bad_resize)", () => {
    const { pool } = poolOf();
    for (const size of [-1, 1.5, Number.NaN, "2"]) {
      expect(thrown("INVALID_OPTION", () => pool.resize(size as number)).message).to.include("maxSize is");
    }
    pool.resize(0);
    pool.resize(Infinity);
    expect(pool.stats().maxSize).to.equal(null);
  });
});
