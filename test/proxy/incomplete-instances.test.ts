import "reflect-metadata";
import { expect } from "chai";
import { ScopedContainer, runInContext } from "inversify-scopes";

class Mailer {
  async send(to: string): Promise<string> {
    return `sent to ${to}`;
  }
  count(): number {
    return 1;
  }
}

/** What a factory gives for a Mailer, though it is less than that. */
type Made = () => Partial<Mailer>;

const withoutCount = (): Partial<Mailer> => ({ send: async (to) => `noted ${to}` });
const withoutSend = (): Partial<Mailer> => ({ count: () => 2 });
const lacksCount = /^Mailer\.count is not a function: what stands for Mailer here lacks it\./;

describe("an instance that lacks methods of the class", () => {
  for (const jitless of [false, true]) {
    for (const scope of ["shared", "per-async-context", "pooled"] as const) {
      const proxyOf = (make: Made): Mailer => {
        const container = new ScopedContainer();
        const syntax = container.bind(Mailer).toDynamicValue(() => make() as Mailer);
        if (scope === "shared") syntax.inSharedScope({ jitless });
        else if (scope === "pooled") syntax.inPooledScope({ maxSize: 2, jitless });
        else syntax.inPerAsyncContextScope({ jitless });
        return container.get(Mailer);
      };

      it(`${scope}, jitless ${jitless}: service and member are named, at the first call and at every other`, async () => {
        const mailer = proxyOf(withoutCount);
        await runInContext(async () => {
          for (let i = 0; i < 3; i++) expect(() => mailer.count()).to.throw(TypeError, lacksCount);
          expect(await mailer.send("ann")).to.equal("noted ann");
          expect(() => mailer.count()).to.throw(TypeError, lacksCount);
        });
      });

      it(`${scope}, jitless ${jitless}: a call of an async member rejects`, async () => {
        const mailer = proxyOf(withoutSend);
        await runInContext(async () => {
          const error: unknown = await mailer.send("ann").catch((reason: unknown) => reason);
          expect(error)
            .to.be.instanceOf(TypeError)
            .with.property("message")
            .that.matches(/^Mailer\.send is not a function/);
          expect(mailer.count()).to.equal(2);
        });
      });
    }
  }

  it("may be the second one, after one that has them all", async () => {
    const made: Partial<Mailer>[] = [{ ...withoutCount(), ...withoutSend() }, withoutCount()];
    const container = new ScopedContainer();
    container
      .bind(Mailer)
      .toDynamicValue(() => made.shift() as Mailer)
      .inPerAsyncContextScope();
    const mailer = container.get(Mailer);
    expect(await runInContext(() => mailer.count())).to.equal(2);
    await runInContext(async () => {
      expect(() => mailer.count()).to.throw(TypeError, lacksCount);
      expect(await mailer.send("ben")).to.equal("noted ben");
    });
  });
});
