import "reflect-metadata";
import { expect } from "chai";
import { inject, injectable } from "inversify";
import * as here from "inversify-scopes";
import { type SecondCopy, secondCopy } from "../support/second-copy.js";

@injectable()
class Logger {
  readonly name = "logger";
}

@injectable()
class Repository {
  constructor(@inject(Logger) readonly logger: Logger) {}
}

describe("two copies of the package in containers", () => {
  let there: typeof here;
  let copy: SecondCopy;

  before(async () => {
    copy = await secondCopy();
    there = copy.main;
  });

  after(() => copy.remove());

  it("show each other's constraints the services' own identifiers", () => {
    for (const [ofParent, ofChild] of [
      [here, there],
      [there, here],
    ] as const) {
      const parent = new ofParent.ScopedContainer();
      parent.bind(Logger).toSelf().whenParentIs(Repository);
      const child = new ofChild.ScopedContainer({ parent });
      child.bind(Repository).toSelf().inSharedScope();
      expect(child.get(Repository).logger.name).to.equal("logger");
    }
  });
});
