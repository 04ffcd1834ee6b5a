import { AsyncResource } from "node:async_hooks";
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

    it(`${JSON.stringify(way)}: it concerns the instance of the moment, no other`, async () => {
      const mailer = mailerOf(way, perAsyncContextScope());
      const send = await runInContext(() => {
        const own = mailer.send;
        mailer.send = () => "spied";
        return own;
      });
      await runInContext(() => {
        expect(mailer.send()).to.equal("sent 1");
        mailer.send = send;
        expect(mailer.send()).to.equal("sent 2");
      });
    });

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
          const text = await db.query("later");
          expect(text).to.equal(scope.name === "per-async-context" ? "later" : "[later]");
        });
      }
    });

    it(`${JSON.stringify(way)}: on the instance of each context for itself`, async () => {
      const mailer = mailerOf(way, perAsyncContextScope());
      const wrapped = await runInContext(async () => {
        const own = mailer.send;
        mailer.send = () => `[${own()}]`;
        const shown = mailer.send;
        await runInContext(() => {
          expect([mailer.send(), shown(), own()], "another instance").to.eql(["sent 1", "sent 2", "sent 3"]);
          const inner = mailer.send;
          mailer.send = () => `{${inner()}}`;
          expect([mailer.send(), own()]).to.eql(["{sent 4}", "sent 5"]);
        });
        expect([mailer.send(), shown(), own()]).to.eql(["[sent 1]", "[sent 2]", "sent 3"]);
        return shown;
      });
      await runInContext(() => {
        mailer.send = wrapped;
        expect(unwrap(mailer).send, "the function itself, and not its stand-in").not.to.equal(wrapped);
        expect(Object.hasOwn(unwrap(mailer), "send")).to.equal(true);
      });
    });

    it(`${JSON.stringify(way)}: the instance's own calls go through the wrapper`, () => {
      class Calls extends Mailer {
        twice(): string {
          return this.send() + this.send();
        }
      }
      const mailer = scopedProxy<Calls>("mailer", { ...way, shape: Calls });
      setFactory(mailer, () => new Calls());
      const own = mailer.send;
      mailer.send = () => `[${own()}]`;
      expect(mailer.twice()).to.equal("[sent 1][sent 2]");
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
    const own = mailer.send;
    Object.preventExtensions(unwrap(mailer));
    expect(Reflect.defineProperty(mailer, "send", { value: () => own(), configurable: true })).to.equal(false);
    expect(mailer.send).to.equal(own);
    expect(mailer.send()).to.equal("sent 1");
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

  it("what stands for one member may be put in the place of another", () => {
    const mailer = mailerOf({});
    mailer.send = () => "spied";
    mailer.arrow = mailer.send;
    mailer.send = () => "spied again";
    expect([mailer.send(), mailer.arrow()]).to.eql(["spied again", "spied"]);
  });

  it("read where there is no instance, it is the newest of those that are in place anywhere", async () => {
    const resource = new AsyncResource("outside");
    const outside = (fn: () => () => string): (() => string) => resource.runInAsyncScope(fn);
    const mailer = mailerOf({}, perAsyncContextScope());
    const own = mailer.send;
    await runInContext(async () => {
      mailer.send = () => "spied";
      await runInContext(() => {
        mailer.send = () => "spied in the inner one";
        mailer.send = own;
      });
      const read = outside(() => mailer.send);
      expect(read()).to.equal("spied");
      mailer.send = own;
      expect(outside(() => mailer.send)).to.equal(own);
    });
  });

  it("a service that is set anew, or swapped, is called as before", () => {
    const mailer = mailerOf({});
    const own = mailer.send;
    mailer.send = () => `[${own()}]`;
    expect(mailer.send()).to.equal("[sent 1]");
    setFactory(mailer, () => new Mailer());
    expect([mailer.send(), own(), mailer.send()]).to.eql(["sent 1", "sent 2", "sent 3"]);
    mailer.send = () => `[${own()}]`;
    expect(mailer.send()).to.equal("[sent 4]");
    setInstance(mailer, new Mailer());
    mailer.send = () => `[${own()}]`;
    expect(mailer.send()).to.equal("[sent 1]");
  });
});
