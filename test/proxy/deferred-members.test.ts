import { EventEmitter } from "node:events";
import { expect } from "chai";
import { runInContext, type BindingOptions, perAsyncContextScope, scopedProxy, setFactory } from "inversify-scopes";
import { rejected, thrown } from "../support/errors.js";
import { turn } from "../support/gate.js";

/** As a driver has it: forms with and without a callback, and what is synchronous. */
class Driver extends EventEmitter {
  size = 3;
  query(sql: string): Promise<string>;
  query(sql: string, done: (rows: string) => void): void;
  query(sql: string, done?: (rows: string) => void): Promise<string> | undefined {
    if (done === undefined) return Promise.resolve(`rows of ${sql}`);
    done(`rows of ${sql}`);
    return undefined;
  }
  transaction<R>(body: (driver: string) => R): Promise<Awaited<R>> {
    return Promise.resolve(body("tx"));
  }
  get(key: string): Promise<string> {
    return Promise.resolve(`value of ${key}`);
  }
  pipeline(): string[] {
    return [];
  }
  get state(): string {
    return "ready";
  }
}

async function made(): Promise<Driver> {
  await turn();
  return new Driver();
}

function bound(options: BindingOptions<any>, make: () => object | Promise<object> = made): any {
  const proxy = scopedProxy<object>("driver", options);
  setFactory(proxy, make, perAsyncContextScope());
  return proxy;
}

describe("defer: members with a form that takes a callback", () => {
  const options = { shape: Driver, defer: ["query", "transaction"] };

  it("the form that returns a promise waits", async () => {
    const driver = bound(options);
    await runInContext(async () => expect(await driver.query("x")).to.equal("rows of x"));
  });

  it("the form with a callback does not, and says so", async () => {
    const driver = bound(options);
    await runInContext(async () => {
      const error = thrown("NOT_READY", () => driver.query("x", () => {}));
      expect(error.message).to.include("form with a callback, which does not wait");
      await driver.query("x");
      let rows = "";
      expect(driver.query("y", (found: string) => (rows = found))).to.equal(undefined);
      expect(rows).to.equal("rows of y");
    });
  });

  it("a function that is async is no callback: what it is given to awaits it", async () => {
    const driver = bound(options);
    await runInContext(async () => expect(await driver.transaction(async (tx: string) => tx)).to.equal("tx"));
  });

  it("outside every context one throws, and the other rejects", async () => {
    const driver = bound(options);
    thrown("NO_CONTEXT", () => driver.query("x", () => {}));
    await rejected("NO_CONTEXT", driver.query("x"));
  });
});

describe("defer: a function that says of a name whether its calls wait", () => {
  const isCommand = (name: string): boolean => !["on", "pipeline", "state"].includes(name);

  it("what it says, also of names that the class does not show", async () => {
    class Own extends Driver {
      own = (): Promise<string> => Promise.resolve("own");
    }
    const driver = bound({ shape: Driver, defer: isCommand }, async () => new Own());
    await runInContext(async () => {
      const [got, own] = [driver.get("x"), driver.own()];
      expect(await Promise.all([got, own])).to.eql(["value of x", "own"]);
    });
    await runInContext(() => thrown("NOT_READY", () => driver.pipeline()));
  });

  it("it is asked once for a name, and for none of those that are asked of any value", async () => {
    const asked: string[] = [];
    const driver = bound({ defer: (name: string) => (asked.push(name), isCommand(name)) });
    await runInContext(async () => {
      await driver.get("x");
      await driver.get("y");
      expect(`${typeof driver.toJSON} ${driver.asymmetricMatch} ${String(driver[Symbol.iterator])}`).to.be.a("string");
      expect(driver.hasOwnProperty).to.be.a("function");
    });
    expect(asked).to.eql(["get"]);
  });

  it("an accessor of the class stays one", async () => {
    const driver = bound({ shape: Driver, defer: () => true });
    await runInContext(async () => {
      thrown("NOT_READY", () => driver.state as unknown);
      await driver.get("x");
      expect(driver.state).to.equal("ready");
    });
  });

  it("a form with a callback does not wait", async () => {
    const driver = bound({ defer: isCommand });
    await runInContext(() => thrown("NOT_READY", () => driver.query("x", () => {})));
  });
});

describe('defer: "all"', () => {
  it("each method of the class, whatever it is given, and no field", async () => {
    const driver = bound({ shape: Driver, defer: "all" });
    await runInContext(async () => {
      thrown("NOT_READY", () => driver.state as unknown);
      thrown("NOT_READY", () => driver.size as unknown);
      expect(await driver.transaction((tx: string) => tx)).to.equal("tx");
      expect(driver.size).to.equal(3);
    });
  });

  it("without a class whatever is asked for before there is an instance, and what it is afterwards", async () => {
    const driver = bound({ defer: "all" });
    await runInContext(async () => {
      expect(await driver.get("x")).to.equal("value of x");
      expect([driver.size, driver.state]).to.eql([3, "ready"]);
    });
    await runInContext(() => thrown("NOT_READY", () => Object.keys(driver as object)));
    thrown("NO_CONTEXT", () => driver.query as unknown);
  });
});

describe("defer: what nobody can mean", () => {
  for (const defer of ["some", 1, ["x", 1], {}]) {
    it(JSON.stringify(defer), () => {
      thrown("INVALID_OPTION", () => scopedProxy("driver", { defer: defer as never }));
    });
  }
});
