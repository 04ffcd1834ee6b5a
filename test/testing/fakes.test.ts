import "reflect-metadata";
import { expect } from "chai";
import { runInContext, ScopedContainer, scopedProxy, setInstance } from "inversify-scopes";
import { swapInstance } from "inversify-scopes/testing";
import { reasonOf, thrown } from "../support/errors.js";

class Mailer {
  async send(to: string): Promise<string> {
    return `sent to ${to}`;
  }
  size(): number {
    return 1;
  }
  later(): Promise<number> {
    return Promise.resolve(2);
  }
  get isOpen(): boolean {
    return true;
  }
}

/** A service with a member that may wait because its binding says so. */
function setUp(): { readonly container: ScopedContainer; readonly mailer: Mailer } {
  const container = new ScopedContainer();
  container
    .bind(Mailer)
    .toSelf()
    .inPooledScope({ maxSize: 1, defer: ["later"] });
  return { container, mailer: container.get(Mailer) };
}

const saysThat = (member: string): RegExp =>
  new RegExp(`^Mailer\\.${member} is not a function: what stands for Mailer here lacks it`);

async function reason(call: () => Promise<unknown>): Promise<Error> {
  // Not in an async function: what is thrown at once fails the test.
  const promise = call();
  return (await reasonOf(promise)) as Error;
}

describe("a call of a member that a fake lacks names service and member,", () => {
  const fakes: Record<string, object> = {
    "an empty one": {},
    "one with other members": { other: () => 1 },
    "one with data in its place": { send: 1, size: 1, later: 1 },
    "one without a prototype": Object.create(null) as object,
  };
  for (const [what, fake] of Object.entries(fakes)) {
    it(what, async () => {
      const { container, mailer } = setUp();
      using _ = swapInstance(container, Mailer, fake);
      for (const where of [runInContext, <R>(fn: () => R): R => fn()]) {
        await where(async () => {
          expect((await reason(() => mailer.send("ann"))).message).to.match(saysThat("send"));
          expect((await reason(() => mailer.later())).message).to.match(saysThat("later"));
          expect(() => mailer.size()).to.throw(TypeError, saysThat("size"));
        });
      }
    });
  }

  it("and what it has is served, also where it is looked for only when it is called", async () => {
    const { container, mailer } = setUp();
    const lookedFor = new Proxy<Partial<Mailer>>(
      {},
      {
        get: (_, key) => (key === "send" ? async () => "mocked" : undefined),
      },
    );
    class WithGetter {
      get send(): () => Promise<string> {
        return async () => "got";
      }
    }
    for (const [fake, answer] of [
      [{ send: async () => "faked" }, "faked"],
      [lookedFor, "mocked"],
      [new WithGetter(), "got"],
    ] as const) {
      using _ = swapInstance(container, Mailer, fake);
      expect(await mailer.send("ann")).to.equal(answer);
      expect(() => mailer.size()).to.throw(saysThat("size"));
      expect(mailer.isOpen).to.equal(undefined);
    }
    await runInContext(async () => expect(await mailer.send("ann")).to.equal("sent to ann"));
  });

  it("an object that was set is told the same", async () => {
    const mailer = scopedProxy<Mailer>("Mailer", { shape: Mailer, defer: ["later"] });
    setInstance(mailer, { size: () => 3 } as Mailer);
    expect(mailer.size()).to.equal(3);
    expect((await reason(() => mailer.send("ann"))).message).to.match(saysThat("send"));
    expect((await reason(() => mailer.later())).message).to.match(saysThat("later"));
  });
});

describe("a fake of another class", () => {
  class Fluent extends Mailer {
    size2 = (): this => this;
    override async send(): Promise<any> {
      return this;
    }
    override size(): any {
      return this;
    }
    override later(): Promise<any> {
      return Promise.resolve(this);
    }
    override get isOpen(): any {
      return this;
    }
  }
  for (const [kind, options] of Object.entries({ ordinary: {}, full: { proxy: "full" }, jitless: { jitless: true } })) {
    for (const used of [true, false]) {
      it(`hands out the proxy where a method returns the fake (${kind}, ${used ? "used before" : "fresh"}) (law 9)`, async () => {
        const container = new ScopedContainer();
        container
          .bind(Mailer)
          .toSelf()
          .inSharedScope(options as { proxy?: "full" });
        const mailer = container.get(Mailer);
        if (used) expect([await mailer.send("ann"), mailer.size()]).to.eql(["sent to ann", 1]);
        {
          using _ = swapInstance(container, Mailer, new Fluent());
          const returned = [await mailer.send("ann"), mailer.size(), await mailer.later(), mailer.isOpen];
          for (const each of [...returned, (mailer as Fluent).size2()]) expect(each).to.equal(mailer);
        }
        expect([await mailer.send("ann"), mailer.size()]).to.eql(["sent to ann", 1]);
        expect(Object.keys(mailer)).to.eql([]);
      });
    }
  }
});

describe("what a test puts in the place of a service", () => {
  it("a fake that no proxy can stand for is told as one, not as what a factory made", () => {
    const { container } = setUp();
    const wrong = (fake: unknown): string =>
      thrown("NOT_PROXYABLE", () => swapInstance(container, Mailer, fake as Partial<Mailer>)).message;
    expect(wrong({ then: () => {} })).to.match(/^Mailer: the fake is a thenable/);
    expect(wrong(null)).to.match(/^Mailer: the fake is null, which has no identity\. Use an object/);
    expect(wrong([])).to.match(/^Mailer: the fake is an array/);
    const late = scopedProxy<Mailer>("late");
    expect(thrown("NOT_PROXYABLE", () => setInstance(late, [] as never)).message).to.match(
      /^late: setInstance was given an array/,
    );
  });
});
