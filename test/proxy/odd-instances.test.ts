import { expect } from "chai";
import { ready, runInContext, scopedProxy, setFactory, unwrap } from "inversify-scopes";
import { thrown } from "../support/errors.js";

const ways = ["auto", "full"] as const;

function proxyOf<T extends object>(
  shape: abstract new (...args: never[]) => T,
  make: () => T,
  proxy: "auto" | "full",
): T {
  const made = scopedProxy<T>("subject", { shape, proxy });
  setFactory(made, make);
  return made;
}

it("what stands for data in the place of a method can be taken off, as any member of an ordinary proxy", () => {
  class Base {
    limit(): number {
      return 1;
    }
  }
  class Derived extends Base {}
  Object.defineProperty(Derived.prototype, "limit", { value: 5 });
  const subject = proxyOf<Base>(Base, () => new Derived(), "auto");
  expect([typeof subject.limit, subject.limit.name]).to.eql(["function", "limit"]);
  void Object.keys(unwrap(subject));
  expect(subject.limit).to.equal(5);
  expect(Object.getOwnPropertyDescriptor(Object.getPrototypeOf(subject), "limit")).to.include({ configurable: true });
});

for (const way of ways) {
  describe(`odd instances behind a proxy (${way})`, () => {
    it("one with data where its class has a method", () => {
      class Base {
        limit(): number {
          return 1;
        }
        self(): this {
          return this;
        }
      }
      class Derived extends Base {}
      Object.defineProperty(Derived.prototype, "limit", { value: 5, writable: true });
      const subject = proxyOf<Base>(Base, () => new Derived(), way);
      expect(subject.limit).to.be.a("function");
      expect(subject.self()).to.equal(subject);
      expect(subject.limit, "once there is an instance").to.equal(5);
      expect(() => subject.limit()).to.throw(TypeError);
      (subject as any).limit = 6;
      expect(subject.limit).to.equal(6);
    });

    it("a fake that throws for any symbol that it does not expect", async () => {
      class Base {
        limit(): number {
          return 1;
        }
      }
      const refuse = (key: PropertyKey): never => {
        throw new Error(`nobody expects ${String(key)}`);
      };
      const expected = new Set<PropertyKey>([Symbol.asyncDispose, Symbol.dispose]);
      const fake = new Proxy(new Base(), {
        get: (base, key) =>
          typeof key === "symbol" && !expected.has(key) ? refuse(key) : (Reflect.get(base, key) as unknown),
      });
      const subject = proxyOf(Base, () => fake, way);
      expect(await runInContext(() => subject.limit())).to.equal(1);
    });

    it("some with data where their class has a method, others with the method", async () => {
      class Base {
        limit(): number {
          return 1;
        }
      }
      class Five extends Base {}
      class Six extends Base {}
      Object.defineProperty(Five.prototype, "limit", { value: 5 });
      Object.defineProperty(Six.prototype, "limit", { value: 6 });
      const made = [new Five(), new Six(), new Base()];
      const subject = scopedProxy<Base>("subject", { shape: Base, proxy: way });
      setFactory(subject, () => made.shift()!, "per-async-context");
      const { limit } = subject;
      await runInContext(() => expect([ready(subject), subject.limit].at(-1)).to.equal(5));
      await runInContext(() => expect([ready(subject), subject.limit].at(-1)).to.equal(6));
      await runInContext(() => expect([subject.limit(), subject.limit]).to.eql([1, limit]));
      expect(subject.limit).to.equal(limit);
    });

    it("one with data, and then one with a method that returns itself", async () => {
      class Base {
        self(): unknown {
          return 1;
        }
      }
      class Data extends Base {}
      class Fluent extends Base {
        override self(): unknown {
          return this;
        }
      }
      Object.defineProperty(Data.prototype, "self", { value: 5 });
      const made = [new Data(), new Fluent(), new Data()];
      const subject = scopedProxy<Base>("subject", { shape: Base, proxy: way });
      setFactory(subject, () => made.shift()!, "per-async-context");
      for (const expected of [5, subject, 5]) {
        await runInContext(async () => {
          await ready(subject);
          expect(expected === 5 ? subject.self : subject.self()).to.equal(expected);
        });
      }
    });

    it("one whose class has Object's prototype for its own", () => {
      function Plain(): void {}
      Plain.prototype = Object.prototype;
      const subject = proxyOf<any>(Plain as never, () => ({ a: 1 }), way);
      expect([subject.a, String(subject), Object.keys({ ...subject })]).to.eql([1, "[object Object]", ["a"]]);
    });

    it("one that is another service's proxy, which nobody touches by making it", async () => {
      class Inner {
        made = true;
        get where(): string {
          return "inner";
        }
        call(): string {
          return "called";
        }
      }
      let made = 0;
      const inner = scopedProxy<Inner>("inner", { shape: Inner, proxy: way });
      setFactory(inner, () => (made++, new Inner()), "per-async-context");
      const subject = proxyOf<Inner>(Inner, () => inner, way);
      await ready(subject);
      expect(made).to.equal(0);
      await runInContext(() => {
        expect([subject.call(), subject.where, subject.made]).to.eql(["called", "inner", true]);
        expect(made).to.equal(1);
      });
      thrown("NO_CONTEXT", () => subject.call());
    });

    it("one that is another service's proxy is ended by that service, once", async () => {
      class Inner {
        call(): void {}
        [Symbol.dispose](): void {
          ended++;
        }
      }
      let ended = 0;
      let made = 0;
      const inner = scopedProxy<Inner>("inner", { shape: Inner, proxy: way });
      const alias = proxyOf<Inner>(Inner, () => inner, way);
      setFactory(inner, () => (made++, new Inner()), "per-async-context");
      setFactory(alias, () => inner, "per-async-context");
      await runInContext(() => ready(alias));
      expect([made, ended], "nobody meant the inner one").to.eql([0, 0]);
      await runInContext(() => alias.call());
      expect([made, ended]).to.eql([1, 1]);
    });

    it("one that stands for another that stands for it again is refused, and not called for ever", async () => {
      class Link {
        call(): string {
          return "called";
        }
      }
      for (const scope of ["shared", "per-async-context"] as const) {
        for (const count of [1, 2, 3]) {
          const ring = Array.from({ length: count }, (_, i) =>
            scopedProxy<Link>(`link ${i}`, { shape: Link, proxy: way }),
          );
          ring.forEach((each, i) => setFactory(each, () => ring[(i + 1) % count]!, scope));
          await runInContext(() => {
            const { message } = thrown("NOT_PROXYABLE", () => ring[0]!.call());
            expect(message).to.include(count === 1 ? "its own proxy" : ring.map((_, i) => `link ${i}`).join(" → "));
          });
        }
      }
    });

    it("one whose prototype is patched after it was bound", () => {
      class Late {
        a(): number {
          return 1;
        }
      }
      const subject = proxyOf<any>(Late, () => new Late(), way);
      (Late.prototype as any).b = () => 2;
      Late.prototype.a = () => 3;
      expect([subject.a(), subject.b(), "b" in subject]).to.eql([3, 2, true]);
    });

    it("one of a class without Object's prototype, with names that are no identifiers", () => {
      class Bare {
        a = 1;
        'we"ird`${1}'(): number {
          return this.a;
        }
        42(): number {
          return 42;
        }
      }
      Object.setPrototypeOf(Bare.prototype, null);
      const subject = proxyOf<any>(Bare, () => new Bare(), way);
      expect(subject.toString).to.equal(undefined);
      expect([subject['we"ird`${1}'](), subject[42](), subject.a, "toString" in subject]).to.eql([1, 42, 1, false]);
    });

    it("one that is an ES Proxy itself, or another service's proxy", () => {
      class Inner {
        n = 1;
        get(): number {
          return this.n;
        }
      }
      const es = proxyOf<Inner>(Inner, () => new Proxy(new Inner(), {}), way);
      const inner = proxyOf<Inner>(Inner, () => new Inner(), way);
      const outer = proxyOf<Inner>(Inner, () => inner, way);
      for (const each of [es, outer]) expect([each.get(), (each.n = 2), each.get()]).to.eql([1, 2, 2]);
    });

    it("an accessor that replaces itself", () => {
      class Lazy {
        get db(): number {
          Object.defineProperty(this, "db", { value: 5 });
          return 5;
        }
      }
      const subject = proxyOf(Lazy, () => new Lazy(), way);
      expect([subject.db, subject.db]).to.eql([5, 5]);
    });

    it("an object that has the proxy as its prototype gets members of its own", () => {
      class Parent {
        m(): string {
          return "parent's";
        }
      }
      const parent = proxyOf<any>(Parent, () => new Parent(), way);
      const child = Object.create(parent);
      child.fresh = 1;
      expect([child.fresh, parent.fresh, child.m(), Object.keys(child)]).to.eql([1, undefined, "parent's", ["fresh"]]);
    });
  });
}

describe("a frozen proxy", () => {
  it("serves its instances all the same, also the first one", () => {
    class Settings {
      port = 80;
      url(): string {
        return `:${this.port}`;
      }
    }
    const settings = Object.freeze(proxyOf(Settings, () => new Settings(), "auto"));
    expect([settings.url(), settings.port]).to.eql([":80", 80]);
    (settings as { port: number }).port = 81;
    expect([settings.url(), settings.port, { ...settings }]).to.eql([":81", 81, {}]);
  });
});
