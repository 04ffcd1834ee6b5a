import "reflect-metadata";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { inject, injectable } from "inversify";
import * as here from "inversify-scopes";
import { thrown } from "../support/errors.js";
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

  describe("one container with both: INVALID_OPTION that names the two", () => {
    const names = (fn: () => unknown): void => {
      const { message } = thrown("INVALID_OPTION", fn);
      expect(message)
        .to.contain(copy.folder)
        .and.contain(fileURLToPath(new URL("../../..", import.meta.url)));
    };

    it("registered", () => {
      const container = new here.ScopedContainer();
      names(() => container.register(there.ScopesPlugin));
      names(() => new there.ScopedContainer().register(here.ScopesPlugin));
      container.register(here.ScopesPlugin);
      container.bind(Logger).toSelf().inSharedScope();
      expect(container.get(Logger).name).to.equal("logger");
    });

    it("also where stacks, which tell the places, are not kept", () => {
      const container = new here.ScopedContainer();
      const { stackTraceLimit } = Error;
      Error.stackTraceLimit = 0;
      try {
        thrown("INVALID_OPTION", () => container.register(there.ScopesPlugin));
      } finally {
        Error.stackTraceLimit = stackTraceLimit;
      }
    });

    it("given to the other's verify, diagram, swapScope, swapInstance and expectNoLeases", () => {
      const container = new here.ScopedContainer();
      container.bind(Logger).toSelf().inSharedScope();
      names(() => there.verify(container));
      names(() => there.diagram(container));
      names(() => copy.testing.swapScope(container, Logger, "shared"));
      names(() => copy.testing.swapInstance(container, Logger, {}));
      names(() => copy.testing.expectNoLeases(container));
    });
  });
});
