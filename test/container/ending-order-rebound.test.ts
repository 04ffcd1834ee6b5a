import "reflect-metadata";
import { expect } from "chai";
import { runInContext, ScopedContainer } from "inversify-scopes";
import { holding, type Holder } from "../support/holding.js";

const Plain = holding();

/** Writes down what ends; what holds others uses them at its end. */
function rig(): { container: ScopedContainer; log: string[]; ends: (name: string) => (holder: Holder) => void } {
  const log: string[] = [];
  const ends = (name: string) => (holder: Holder) => {
    for (const held of holder.held) held.touch();
    log.push(name);
  };
  return { container: new ScopedContainer(), log, ends };
}

describe("what holds the proxy of a binding that was replaced ends before what took its place (law 7)", () => {
  for (const [how, before] of Object.entries({ injected: "to", "taken by a factory": "toDynamicValue" } as const)) {
    it(`in a container, ${how}, after three rebinds`, async () => {
      const { container, log, ends } = rig();
      container.bind<Holder>("db").to(Plain).inSharedScope();
      const repository = container.bind<Holder>("repository");
      const bound =
        before === "to"
          ? repository.to(holding("db"))
          : repository.toDynamicValue((context) => new (holding("db"))(context.get<Holder>("db")));
      bound.inSharedScope({ destroy: ends("repository") });
      container.get<Holder>("repository").touch();
      for (let n = 1; n <= 3; n++) {
        const again = container.rebind<Holder>("db").to(Plain);
        again.inSharedScope({ destroy: ends(`db ${n}`) });
        container.get<Holder>("db").touch();
      }
      log.length = 0;
      await container.unbindAllAsync();
      expect(log).to.eql(["repository", "db 3"]);
    });
  }

  it("in a context, whatever is touched first", async () => {
    for (const touched of [
      ["db", "work"],
      ["work", "db"],
    ]) {
      const { container, log, ends } = rig();
      container.bind<Holder>("db").to(Plain).inPerAsyncContextScope();
      container
        .bind<Holder>("work")
        .to(holding("db"))
        .inPerAsyncContextScope({ destroy: ends("work") });
      const work = container.get<Holder>("work");
      await runInContext(() => {
        for (const name of ["db", "work"]) container.get<Holder>(name).touch();
        container
          .rebind<Holder>("db")
          .to(Plain)
          .inPerAsyncContextScope({ destroy: ends("db") });
        container.get<Holder>("db").touch();
      });
      expect(log, "a context that was open at the rebind").to.eql(["work", "db"]);
      log.length = 0;
      await runInContext(() => {
        for (const name of touched) (name === "work" ? work : container.get<Holder>(name)).touch();
      });
      expect(log).to.eql(["work", "db"]);
    }
  });
});
