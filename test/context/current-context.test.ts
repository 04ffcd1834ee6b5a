import { AsyncLocalStorage } from "node:async_hooks";
import { expect } from "chai";
import { currentContext, detach, runInContext } from "inversify-scopes";
import { rejected } from "../support/errors.js";

describe("currentContext", () => {
  it("tells id, name, state, parent, start and outcome", async () => {
    const before = Date.now();
    const context = await runInContext({ name: "job" }, async () => {
      const now = currentContext()!;
      expect(now).to.include({ name: "job", state: "active", parent: undefined, outcome: undefined });
      expect(now.id).to.be.a("number");
      expect(now.startedAt).to.be.within(before, Date.now());
      await Promise.resolve();
      expect(currentContext(), "one object for one context").to.equal(now);
      return now;
    });
    expect(context.state).to.equal("ended");
  });

  it("ids count up, and are the name where none was given", async () => {
    const first = await runInContext(() => currentContext()!);
    const second = await runInContext({ name: undefined }, () => currentContext()!);
    expect(second.id).to.be.greaterThan(first.id);
    expect(second.name).to.equal(`context #${second.id}`);
  });

  for (const [when, at] of [
    ["in a process that has run for years", Date.now() + 10 * 365 * 86_400_000],
    ["after the clock was set back", Date.now() - 86_400_000],
    ["after it was set to another century", 1],
  ] as const) {
    it(`tells the start to the millisecond, ${when}`, async () => {
      const { now } = Date;
      try {
        Date.now = () => at;
        expect((await runInContext(() => currentContext()!)).startedAt).to.equal(at);
      } finally {
        Date.now = now;
      }
    });
  }

  it("is undefined outside any", () => {
    expect(currentContext()).to.equal(undefined);
  });

  it("leaves the other storages of the process alone", async () => {
    const other = new AsyncLocalStorage<string>();
    await other.run("theirs", () => runInContext(() => expect(other.getStore()).to.equal("theirs")));
  });
});

describe("what runInContext and detach are given", () => {
  for (const [name, value, said] of [
    ["name", 7, "name is 7, but must be a string that is not empty."],
    ["name", "", 'name is "", but must be a string that is not empty.'],
    ["needs", "db", 'needs is "db", but must be an array of injected proxies.'],
    ["signal", {}, "signal is an object, but must be an AbortSignal."],
    ["nested", "outer", 'nested is "outer", but must be "new" or "reuse".'],
    ["graceMs", -1, "graceMs is -1, but must be a number of milliseconds from 0 to 2147483647."],
    ["timeoutMs", 5, "there is no option timeoutMs. Known are name, needs, values, signal, nested, graceMs."],
  ] as const) {
    it(`${name}: ${JSON.stringify(value)} is INVALID_OPTION, as a rejection, naming it and what is allowed`, async () => {
      let ran = false;
      const error = await rejected(
        "INVALID_OPTION",
        runInContext({ [name]: value }, () => (ran = true)),
      );
      expect(error.message).to.equal(`runInContext: ${said}`);
      const detached = detach({ [name]: value }, () => (ran = true));
      expect((await rejected("INVALID_OPTION", detached)).message).to.equal(`detach: ${said}`);
      expect(ran).to.equal(false);
    });
  }

  it("no function, or no options, is INVALID_OPTION", async () => {
    const error = await rejected("INVALID_OPTION", runInContext({}, 5 as never));
    expect(error.message).to.equal("runInContext: fn is 5, but must be a function.");
    const none = await rejected("INVALID_OPTION", runInContext(undefined as never));
    expect(none.message).to.equal("runInContext: fn is undefined, but must be a function.");
    const called = await rejected("INVALID_OPTION", runInContext(Promise.resolve() as never));
    expect(called.message).to.equal("runInContext: fn is an instance of Promise, but must be a function.");
    for (const args of [[], [undefined], ["name", () => {}], [null, () => {}], [{}], [{}, "fn"], [[], () => {}]]) {
      await rejected("INVALID_OPTION", (runInContext as (...args: unknown[]) => Promise<unknown>)(...args));
    }
  });

  it("options after the function are INVALID_OPTION, and not ignored", async () => {
    for (const run of [runInContext, detach]) {
      let ran = false;
      const wrong = run as unknown as (fn: () => void, options: object) => Promise<void>;
      const { message } = await rejected(
        "INVALID_OPTION",
        wrong(() => void (ran = true), { name: "job" }),
      );
      expect(message).to.equal(`${run.name}: fn is an object, but must be given last: ${run.name}(options, fn).`);
      expect(ran).to.equal(false);
    }
    const jobs = [() => 1, () => 2];
    expect(await Promise.all(jobs.map(runInContext as never)), "an index is none").to.deep.equal([1, 2]);
  });

  it("what detached work has no use for is INVALID_OPTION", async () => {
    for (const nested of ["new", "reuse"] as const) {
      const detached = detach({ nested } as object, () => {});
      expect((await rejected("INVALID_OPTION", detached)).message).to.include("detached work has no parent");
    }
  });

  it("more than a timer can wait is no graceMs", async () => {
    for (const graceMs of [Infinity, Number.NaN, 2 ** 31]) {
      await rejected(
        "INVALID_OPTION",
        runInContext({ graceMs }, () => {}),
      );
    }
  });

  it("undefined stands for the default", async () => {
    const options = {
      name: undefined,
      needs: undefined,
      values: undefined,
      signal: undefined,
      nested: undefined,
      graceMs: undefined,
    };
    expect(await runInContext(options, () => 1)).to.equal(1);
  });
});
