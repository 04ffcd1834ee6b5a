import { expect } from "chai";
import {
  perAsyncContextScope,
  pooledScope,
  ready,
  runInContext,
  scopedProxy,
  setFactory,
  setInstance,
  sharedScope,
  unwrap,
} from "inversify-scopes";
import { turn } from "../support/gate.js";

class Mailer {
  sent = 0;
  #handler = (): string => "own handler";
  arrow = (): string => `arrow of ${this.sent}`;
  send(): string {
    return `sent ${++this.sent}`;
  }
  get handler(): () => string {
    return this.#handler;
  }
  set handler(value: () => string) {
    this.#handler = value;
  }
}

const ways = [{}, { jitless: true }, { proxy: "full" }] as const;
const members = ["send", "arrow", "handler"] as const;

function mailerOf(way: (typeof ways)[number], scope = sharedScope()): Mailer {
  const proxy = scopedProxy<Mailer>("mailer", { ...way, shape: Mailer });
  setFactory(proxy, () => new Mailer(), scope);
  return proxy;
}

/** As spies do it: keep what stands there, put something in its place, and later what was kept. */
describe("functions that are replaced through a proxy, and put back", () => {
  for (const way of ways) {
    for (const member of members) {
      it(`${JSON.stringify(way)}: ${member} is the instance's own again, and not a call of itself for ever`, () => {
        const mailer = mailerOf(way);
        const real = new Mailer();
        for (const each of [mailer, real]) {
          const own = each[member];
          each[member] = () => "spied";
          expect(each[member]()).to.equal("spied");
          each[member] = () => "spied again";
          expect(each[member]()).to.equal("spied again");
          each[member] = own;
          expect(each[member]).to.equal(own);
        }
        expect(mailer[member]()).to.equal(real[member]());
        expect(Object.hasOwn(unwrap(mailer), member)).to.equal(member === "arrow");
        const again = mailer[member];
        mailer[member] = () => "once more";
        expect(mailer[member]()).to.equal("once more");
        mailer[member] = again;
        expect(mailer[member]()).to.equal(real[member]());
      });
    }

    it(`${JSON.stringify(way)}: what stands there already may be put there`, () => {
      const mailer = mailerOf(way);
      const { send } = mailer;
      mailer.send = send;
      expect([mailer.send(), mailer.send()]).to.eql(["sent 1", "sent 2"]);
    });

    it(`${JSON.stringify(way)}: a method is replaced for every holder of the proxy, in every context and in none`, async () => {
      const mailer = mailerOf(way, perAsyncContextScope());
      const own = mailer.send;
      mailer.send = () => "spied";
      expect(mailer.send()).to.equal("spied");
      for (let i = 0; i < 2; i++) {
        await runInContext(() => {
          expect(mailer.send()).to.equal("spied");
          expect(unwrap(mailer).send(), "the instance is as it was").to.equal("sent 1");
        });
      }
      mailer.send = own;
      expect(mailer.send).to.equal(own);
      await runInContext(() => expect(mailer.send()).to.equal("sent 1"));
    });

    for (const member of ["arrow", "handler"] as const) {
      it(`${JSON.stringify(way)}: a function in a field or an accessor concerns the instance of the moment, no other (${member})`, async () => {
        const mailer = mailerOf(way, perAsyncContextScope());
        const own = await runInContext(() => {
          const before = mailer[member];
          mailer[member] = () => "spied";
          expect(unwrap(mailer)[member]()).to.equal("spied");
          return before;
        });
        await runInContext(() => {
          const expected = new Mailer()[member]();
          expect(mailer[member]()).to.equal(expected);
          mailer[member] = own;
          expect(mailer[member]()).to.equal(expected);
        });
      });

      it(`${JSON.stringify(way)}: the instance itself has its own function again, and it may be put back after the end (${member})`, async () => {
        const mailer = mailerOf(way, perAsyncContextScope());
        const shown = await runInContext(() => {
          const own = unwrap(mailer)[member];
          const before = mailer[member];
          mailer[member] = () => "spied";
          mailer[member] = before;
          expect(unwrap(mailer)[member]).to.equal(own);
          return before;
        });
        expect(() => (mailer[member] = shown)).not.to.throw();
      });
    }

    it(`${JSON.stringify(way)}: a new function, an own method or a class goes where it is put`, () => {
      const mailer = mailerOf(way) as any;
      mailer.fresh = () => "fresh";
      expect(mailer.fresh()).to.equal("fresh");
      mailer.Model = Mailer;
      expect(new mailer.Model().send()).to.equal("sent 1");
    });
  }
});

type Send = () => string;

/** How people put something around a function. */
const wrappers: Record<string, (own: Send, mailer: Mailer) => Send> = {
  "a function that passes this on": (own) =>
    function (this: unknown) {
      return `[${Reflect.apply(own, this, [])}]`;
    },
  "an arrow function": (own, mailer) => () => `[${Reflect.apply(own, mailer, [])}]`,
  "a function bound to the proxy": (own, mailer) => {
    const bound = own.bind(mailer);
    return () => `[${bound()}]`;
  },
};

/** As instrumentation does it: keep what stands there, and put there what calls it. */
describe("functions that are wrapped through a proxy", () => {
  for (const way of ways) {
    for (const [wrapper, wrap] of Object.entries(wrappers)) {
      for (const member of members) {
        it(`${JSON.stringify(way)}: ${member} in ${wrapper}, twice, and taken off again`, () => {
          const mailer = mailerOf(way);
          const real = new Mailer();
          for (const each of [mailer, real]) {
            const own = each[member];
            const once = wrap(own, each);
            each[member] = once;
            const shown = each[member];
            each[member] = wrap(shown, each);
            expect(Reflect.apply(own, each, [])).not.to.include("[");
            expect(Reflect.apply(shown, each, [])).to.match(/^\[[^[]*\]$/);
            expect(each[member]()).to.match(/^\[\[.*\]\]$/);
            each[member] = shown;
            expect(each[member]).to.equal(shown);
            expect(each[member]()).to.match(/^\[[^[]*\]$/);
            each[member] = own;
            expect(each[member]).to.equal(own);
            each[member] = shown;
            expect(each[member]()).to.match(/^\[[^[]*\]$/);
            each[member] = own;
          }
          expect(mailer[member]()).to.equal(real[member]());
        });
      }
    }

    it(`${JSON.stringify(way)}: one that waits before it goes on`, async () => {
      class Db {
        async query(text: string): Promise<string> {
          return text;
        }
      }
      for (const scope of [sharedScope(), perAsyncContextScope(), pooledScope(1)]) {
        const db = scopedProxy<Db>("db", { ...way, shape: Db });
        setFactory(db, async () => new Db(), scope);
        await runInContext(async () => {
          await ready(db);
          const own = db.query;
          db.query = async (text) => {
            await turn();
            return `[${await own(text)}]`;
          };
          expect(await Promise.all([db.query("a"), db.query("b")])).to.eql(["[a]", "[b]"]);
        });
        await runInContext(async () => {
          expect(await db.query("later")).to.equal("[later]");
        });
      }
    });

    it(`${JSON.stringify(way)}: a field, on the instance of each context for itself`, async () => {
      const mailer = mailerOf(way, perAsyncContextScope());
      await runInContext(async () => {
        const own = mailer.arrow;
        mailer.arrow = () => `[${own()}]`;
        await runInContext(() => {
          expect([mailer.arrow(), own()], "another instance").to.eql(["arrow of 0", "arrow of 0"]);
          mailer.arrow = () => `{${own()}}`;
          expect([mailer.arrow(), own()]).to.eql(["{arrow of 0}", "arrow of 0"]);
        });
        expect([mailer.arrow(), own()]).to.eql(["[arrow of 0]", "arrow of 0"]);
        mailer.arrow = own;
        expect([mailer.arrow(), mailer.arrow === own]).to.eql(["arrow of 0", true]);
      });
    });

    it(`${JSON.stringify(way)}: the instance's own calls do not go through the proxy's wrapper`, () => {
      class Calls extends Mailer {
        twice(): string {
          return this.send() + this.send();
        }
      }
      const mailer = scopedProxy<Calls>("mailer", { ...way, shape: Calls });
      setFactory(mailer, () => new Calls());
      const own = mailer.send;
      mailer.send = () => `[${own()}]`;
      expect([mailer.twice(), mailer.send()]).to.eql(["sent 1sent 2", "[sent 3]"]);
    });

    it(`${JSON.stringify(way)}: a setter that wraps what it is given, and one that does not take it`, () => {
      class Wrapping {
        #listener = (): string => "own";
        get listener(): () => string {
          return this.#listener;
        }
        set listener(value: () => string) {
          if (value.name !== "refused") this.#listener = () => `<${value()}>`;
        }
      }
      const subject = scopedProxy<Wrapping>("subject", { ...way, shape: Wrapping });
      setFactory(subject, () => new Wrapping());
      const own = subject.listener;
      subject.listener = () => `[${own()}]`;
      expect([subject.listener(), own()]).to.eql(["<[own]>", "own"]);
      subject.listener = function refused() {
        return "never";
      };
      expect([subject.listener(), own()]).to.eql(["<[own]>", "own"]);
    });

    it(`${JSON.stringify(way)}: what is put on the instance itself counts from then on`, () => {
      const mailer = mailerOf(way);
      const own = mailer.arrow;
      mailer.arrow = () => `[${own()}]`;
      unwrap(mailer).arrow = () => "set behind the proxy";
      expect([own(), mailer.arrow()]).to.eql(["set behind the proxy", "set behind the proxy"]);
      mailer.arrow = () => `[${own()}]`;
      expect([own(), mailer.arrow()]).to.eql(["set behind the proxy", "[set behind the proxy]"]);
      unwrap(mailer).arrow = () => "set again";
      mailer.arrow = own;
      expect([own(), mailer.arrow()]).to.eql(["set again", "set again"]);
      mailer.arrow = 5 as never;
      mailer.arrow = () => "in the place of data";
      expect([own(), mailer.arrow()]).to.eql(["in the place of data", "in the place of data"]);
    });

    it(`${JSON.stringify(way)}: one that was taken off, and is put on the instance itself, counts there as any other`, () => {
      const mailer = mailerOf(way);
      const own = mailer.arrow;
      const spy = (): string => "spied";
      mailer.arrow = spy;
      mailer.arrow = own;
      unwrap(mailer).arrow = spy;
      expect([own(), mailer.arrow()]).to.eql(["spied", "spied"]);
      expect(mailer.arrow).to.equal(own);
    });

    it(`${JSON.stringify(way)}: what a spy has seen is to be had from it`, () => {
      const mailer = mailerOf(way);
      const own = mailer.send;
      const spy = Object.assign(() => (spy.calls++, own()), { calls: 0, restore: () => (mailer.send = own) });
      mailer.send = spy;
      mailer.send();
      expect((mailer.send as typeof spy).calls).to.equal(1);
      (mailer.send as typeof spy).restore();
      expect([mailer.send(), spy.calls]).to.eql(["sent 2", 1]);
    });

    it(`${JSON.stringify(way)}: a stand-in read before an instance was seen of a class that the proxy did not know`, () => {
      class Fluent extends Mailer {
        override send(): any {
          return this;
        }
      }
      const mailer = scopedProxy<Mailer>("mailer", { ...way, shape: Mailer });
      setFactory(mailer, () => new Fluent());
      const own = mailer.send;
      expect(mailer.send()).to.equal(mailer);
      mailer.send = () => own();
      expect(mailer.send()).to.equal(mailer);
      mailer.send = own;
      expect(Object.hasOwn(unwrap(mailer), "send")).to.equal(false);
    });
  }

  it("as sinon does it on a full proxy: defined, and deleted to take it off", () => {
    const mailer = mailerOf({ proxy: "full" });
    const own = mailer.send;
    const value = (): string => `[${own()}]`;
    Object.defineProperty(mailer, "send", { value, configurable: true, writable: true, enumerable: true });
    expect(mailer.send()).to.equal("[sent 1]");
    Reflect.deleteProperty(mailer, "send");
    expect(mailer.send()).to.equal("sent 2");
  });

  it("one that cannot be put there changes nothing", () => {
    const mailer = mailerOf({ proxy: "full" });
    const own = mailer.arrow;
    Object.freeze(unwrap(mailer));
    const value = (): string => own();
    expect(Reflect.defineProperty(mailer, "arrow", { value, configurable: true })).to.equal(false);
    expect(mailer.arrow).to.equal(own);
    expect(mailer.arrow()).to.equal("arrow of 0");
  });

  it("a member that is named in defer, of a service without a known class", () => {
    const mailer = scopedProxy<{ send(): Promise<string> }>("mailer", { defer: ["send"] });
    setFactory(mailer, () => ({ send: () => Promise.resolve("sent") }));
    const own = mailer.send;
    const spy = Object.assign(() => own(), { isSpy: true });
    mailer.send = spy;
    expect(mailer.send).to.have.property("isSpy", true);
    mailer.send = own;
    expect(mailer.send).to.equal(own);
  });

  for (const jitless of [false, true]) {
    it(`jitless ${jitless}: what only the binding or an instance tells to be a method is replaced for every holder, too`, async () => {
      class Wide extends Mailer {
        extra(): string {
          return "own";
        }
      }
      const mailer = scopedProxy<any>("mailer", { shape: Mailer, defer: ["later"], jitless });
      setFactory(mailer, () => new Wide(), perAsyncContextScope());
      mailer.later = () => "spied later";
      await runInContext(() => (mailer.extra = () => "spied"));
      await runInContext(() => {
        expect([mailer.later(), mailer.extra()]).to.eql(["spied later", "spied"]);
        expect(unwrap(mailer).extra()).to.equal("own");
      });
    });

    it(`jitless ${jitless}: an object that has the proxy as its prototype gets methods of its own, without a touch`, async () => {
      const mailer = scopedProxy<any>("mailer", { shape: Mailer, jitless });
      setFactory(mailer, () => new Mailer(), perAsyncContextScope());
      const child = Object.create(mailer);
      child.send = () => "the child's";
      expect([child.send(), mailer.send === child.send]).to.eql(["the child's", false]);
      await runInContext(() => {
        child.handler = () => "by the accessor";
        expect([mailer.handler(), Object.keys(child)]).to.eql(["by the accessor", ["send"]]);
        child.fresh = 1;
        expect([child.fresh, mailer.fresh, Object.hasOwn(child, "fresh")]).to.eql([1, undefined, true]);
      });
    });
  }

  it("one that was taken off is put there again, although another one is there by now", () => {
    const mailer = mailerOf({});
    const own = mailer.send;
    mailer.send = () => "first";
    const first = mailer.send;
    mailer.send = own;
    mailer.send = () => "second";
    mailer.send = first;
    expect(mailer.send()).to.equal("first");
  });

  it("to define what the proxy itself shows succeeds", () => {
    const mailer = mailerOf({ proxy: "full" });
    const own = mailer.send;
    const define = (value: unknown): boolean => Reflect.defineProperty(mailer, "send", { value, configurable: true });
    expect(define(own)).to.equal(true);
    expect(define(() => "spied")).to.equal(true);
    const spied = mailer.send;
    expect(define(spied)).to.equal(true);
    expect(mailer.send()).to.equal("spied");
    expect(define(own)).to.equal(true);
    expect(mailer.send()).to.equal("sent 1");
  });

  it("to define a function where another instance had one, and this one has data, succeeds", async () => {
    const mailer = mailerOf({ proxy: "full" }, perAsyncContextScope());
    await runInContext(() => mailer.arrow);
    await runInContext(() => {
      mailer.arrow = 5 as never;
      const value = (): string => "defined";
      expect(Reflect.defineProperty(mailer, "arrow", { value, configurable: true })).to.equal(true);
      expect(mailer.arrow()).to.equal("defined");
    });
  });

  it("what stands for one member may be put in the place of another", () => {
    const mailer = mailerOf({});
    mailer.send = () => "spied";
    mailer.arrow = mailer.send;
    mailer.send = () => "spied again";
    expect([mailer.send(), mailer.arrow()]).to.eql(["spied again", "spied"]);
  });

  it("a service that is set anew, or swapped, keeps what was put on its proxy", () => {
    const mailer = mailerOf({});
    const own = mailer.send;
    mailer.send = () => `[${own()}]`;
    expect(mailer.send()).to.equal("[sent 1]");
    setFactory(mailer, () => new Mailer());
    expect([mailer.send(), own()]).to.eql(["[sent 1]", "sent 2"]);
    setInstance(mailer, new Mailer());
    expect([mailer.send(), own()]).to.eql(["[sent 1]", "sent 2"]);
    mailer.send = own;
    expect(mailer.send()).to.equal("sent 3");
  });

  it("one that is defined in front of an accessor, and put back: the accessor is there again", () => {
    const mailer = mailerOf({ proxy: "full" });
    const own = mailer.handler;
    const value = (): string => `[${own()}]`;
    Object.defineProperty(mailer, "handler", { value, configurable: true, writable: true });
    expect([mailer.handler(), Object.hasOwn(unwrap(mailer), "handler")]).to.eql(["[own handler]", true]);
    mailer.handler = own;
    expect([mailer.handler(), Object.hasOwn(unwrap(mailer), "handler")]).to.eql(["own handler", false]);
  });

  it("a full proxy lists what was put on it, and what its instance has", async () => {
    const mailer = mailerOf({ proxy: "full" }, perAsyncContextScope());
    mailer.send = () => "spied";
    await runInContext(() => {
      expect(Reflect.ownKeys(mailer)).to.eql(["sent", "arrow", "send"]);
      mailer.send = () => "spied again";
      expect([mailer.send(), Object.keys(mailer)]).to.eql(["spied again", ["sent", "arrow", "send"]]);
      Object.assign(unwrap(mailer), { send: () => "own" });
      expect(Reflect.ownKeys(mailer)).to.eql(["sent", "arrow", "send"]);
      Reflect.deleteProperty(mailer, "send");
      expect(mailer.send()).to.equal("own");
    });
  });
});
