import "reflect-metadata";

import { expect } from "chai";
import { decorate, inject, injectable } from "inversify";
import { transactional } from "inversify-scopes/transactions";

import { rejected, thrown } from "../support/errors.js";
import { Recorded } from "../support/recording.js";
import { recordedService } from "../support/recorded-service.js";

const { container, db, log, run } = recordedService();

@injectable()
class Orders {
  constructor(@inject(Recorded) readonly db: Recorded) {}

  @transactional<Orders>((self) => self.db)
  async place(item: string, count = 1): Promise<string> {
    await this.db.query(`${item} ${count}`);
    return this.priced(item);
  }

  @transactional((self: Orders) => self.db, { propagation: "mandatory" })
  async priced(item: string): Promise<string> {
    return `price of ${item}`;
  }

  @transactional(() => db)
  static async all(): Promise<string> {
    return db.query("all");
  }

  @transactional(() => "no proxy" as never)
  async wrong(): Promise<void> {}
}

describe("@transactional", () => {
  container.bind(Orders).toSelf().inSingletonScope();
  const orders = container.get(Orders);

  beforeEach(() => void log.splice(0));

  it("puts a transaction around a method, with its `this`, arguments and result", async () => {
    expect(await run(() => orders.place("pear", 2))).to.equal("price of pear");
    expect(log).to.deep.equal(["1: begin", "1: pear 2", "1: commit"]);
  });

  it("takes the options", async () => {
    await rejected("TRANSACTION_REQUIRED", orders.priced("pear"));
  });

  it("leaves name and length, and a native async method, whose call may wait", () => {
    const { place } = Orders.prototype;
    expect(place.name).to.equal("place");
    expect(place.length).to.equal(1);
    expect(place.constructor.name).to.equal("AsyncFunction");
    expect(Object.keys(Orders.prototype)).to.be.empty;
  });

  it("works on static methods, and by inversify's decorate", async () => {
    expect(await Orders.all()).to.equal("all");
    class Plain {
      async go(): Promise<string> {
        return db.query("go");
      }
    }
    decorate(transactional(() => db) as MethodDecorator, Plain, "go");
    expect(await run(() => new Plain().go())).to.equal("go");
    expect(log.slice(-3)).to.deep.equal(["1: begin", "1: go", "1: commit"]);
  });

  it("names the method in errors", async () => {
    const error = await rejected("INVALID_OPTION", orders.wrong());
    expect(error.message).to.match(
      /^@transactional on Orders\.wrong: proxy is "no proxy", but must be an injected lazy/,
    );
    const refuse = (fn: () => unknown, message: RegExp): void => {
      expect(thrown("INVALID_OPTION", fn).message).to.match(message);
    };
    class Other {
      field = 1;
      method(): void {}
      *rows() {}
      async *rowsLater() {}
    }
    const on = (options: object, key: string) => () =>
      decorate(transactional(() => db, options) as MethodDecorator, Other, key);
    refuse(on({}, "field"), /^@transactional on Other\.field: it is no method/);
    // They would run after the commit.
    refuse(on({}, "rows"), /^@transactional on Other\.rows: it is a generator, whose body would run after the commit/);
    refuse(on({}, "rowsLater"), /^@transactional on Other\.rowsLater: it is a generator/);
    refuse(on({ timeout: 5 }, "method"), /^@transactional on Other\.method: there is no option timeout. Did you mean/);
    refuse(() => (transactional as any)(() => db, 7)(Other, "method", {}), /options is 7, but must be an object/);
  });
});
