import { EventEmitter } from "node:events";
import { expect } from "chai";
import {
  lease,
  perAsyncContextScope,
  pooledScope,
  runInContext,
  type Scope,
  scopedProxy,
  setFactory,
  sharedScope,
} from "inversify-scopes";
import type { Class } from "../../src/proxy/class.js";
import { membersOf } from "../../src/proxy/members.js";

/** Every way in which a method may bring its own instance to light. */
class Fluent {
  self = this;
  #own = this;
  holder = { owner: this, give: (): Fluent => this, giveLater: async (): Promise<Fluent> => this };
  plain(): this {
    return this;
  }
  get getter(): this {
    return this;
  }
  byAlias(): this {
    // oxlint-disable-next-line typescript/no-this-alias -- one of the ways
    const me = this;
    return me;
  }
  byArrow(): this {
    return (() => this)();
  }
  byField(): this {
    return this.self;
  }
  byPrivateField(): this {
    return this.#own;
  }
  byOwnMethod(): this {
    return this.plain();
  }
  byOptional(): this | undefined {
    return this?.self;
  }
  byComputed(): this {
    return this["self" as const];
  }
  byHolder(): Fluent {
    return this.holder.give();
  }
  byConditional(flag = true): this | number {
    return flag ? this : 1;
  }
  async asyncPlain(): Promise<this> {
    await Promise.resolve();
    return this;
  }
  async asyncField(): Promise<this> {
    return this.self;
  }
  async asyncPrivateField(): Promise<this> {
    await Promise.resolve();
    return this.#own;
  }
  async asyncVariable(): Promise<this> {
    const result = this.plain();
    return result;
  }
  async asyncAwaited(): Promise<this> {
    const result = await this.asyncPlain();
    return result;
  }
  async asyncParenthesised(): Promise<this> {
    return await Promise.resolve(this.self);
  }
  async asyncHolder(): Promise<Fluent> {
    return this.holder.giveLater();
  }
  async asyncNested(): Promise<Fluent> {
    const inner = async (): Promise<Fluent> => this;
    return inner();
  }
  promise(): Promise<this> {
    return Promise.resolve(this);
  }
  promiseThen(): Promise<this> {
    return Promise.resolve().then(() => this);
  }
  promiseOfOwn(): Promise<this> {
    const pending = this.asyncPlain();
    return pending;
  }
  assigned = (): this => this;
  assignedAsync = async (): Promise<this> => this;
}
/** As old-style classes are patched. */
(Fluent.prototype as any).patched = function (this: Fluent) {
  return arguments.length === 0 ? this : undefined;
};
(Fluent.prototype as any).bound = async function (this: Fluent) {
  return this;
};

const scopes: Record<string, () => Scope> = {
  shared: sharedScope,
  "per async context": perAsyncContextScope,
  pooled: () => pooledScope(1),
};
const ways = {
  generated: {},
  jitless: { jitless: true },
  full: { proxy: "full" },
  "no known class": { shape: undefined },
} as const;

describe("a method that returns its own instance hands out the proxy (law 9)", () => {
  const names = [...Object.getOwnPropertyNames(Fluent.prototype), "self", "assigned", "assignedAsync"].filter(
    (name) => name !== "constructor",
  );
  for (const [scopeName, scope] of Object.entries(scopes)) {
    for (const [wayName, way] of Object.entries(ways)) {
      it(`${names.length} ways to do so; ${scopeName}, ${wayName} (law 9)`, async () => {
        const fluent = scopedProxy<any>("fluent", { shape: Fluent, ...way } as object);
        setFactory(fluent, () => new Fluent(), scope());
        await runInContext(async () => {
          const escaped: string[] = [];
          for (const round of ["first touch", "hot path"]) {
            for (const name of names) {
              const member = fluent[name];
              const result = await (typeof member === "function" && name !== "self" ? fluent[name]() : member);
              if (result !== fluent) escaped.push(`${name} (${round})`);
            }
          }
          expect(escaped).to.eql([]);
        });
      });
    }
  }

  it("the same where an override, or a patch, returns itself and the known class never does (law 9)", async () => {
    class Quiet {
      add(a: number): unknown {
        return a + 1;
      }
      async later(): Promise<unknown> {
        return 1;
      }
      done(): unknown {
        return 2;
      }
    }
    class Loud extends Quiet {
      override add(): unknown {
        return this;
      }
      override async later(): Promise<unknown> {
        return this;
      }
    }
    for (const way of [{}, { jitless: true }, { proxy: "full" }] as const) {
      const service = scopedProxy<Quiet>("quiet", { shape: Quiet, ...way });
      const makes = [
        () => new Quiet(),
        () => new Loud(),
        () => Object.assign(Object.create(Quiet.prototype) as Quiet, { add: new Loud().add, later: new Loud().later }),
      ];
      let n = 0;
      setFactory(service, () => makes[n++]!(), "per-async-context");
      const { add } = service;
      await runInContext(async () => expect([add(1), await service.later(), service.done()]).to.eql([2, 1, 2]));
      for (let i = 1; i < 3; i++) {
        await runInContext(async () => {
          const result = [service.add(1), await service.later()];
          // A patched instance of the class itself is not looked at each time.
          if (i === 1) expect(result.every((each) => each === service)).to.equal(true);
          expect(service.done()).to.equal(2);
        });
      }
    }
  });

  it("reading a method that a subclass has overridden so is still a look (law 2)", async () => {
    class Quiet {
      add(a: number): unknown {
        return a + 1;
      }
    }
    class Loud extends Quiet {
      override add(): unknown {
        return this;
      }
    }
    for (const way of [{}, { jitless: true }, { proxy: "full" }] as const) {
      const service = scopedProxy<Quiet>("quiet", { shape: Quiet, ...way });
      setFactory(service, () => new Loud(), "per-async-context");
      await runInContext(() => expect(service.add(1)).to.equal(service));
      const { add } = service;
      expect([typeof add, add.name, add.length]).to.eql(["function", "add", 0]);
      await runInContext(() => expect(add(1)).to.equal(service));
    }
  });

  it("an instance that comes back from where its factory put it (law 9)", async () => {
    const registry = new Map<string, unknown>();
    class Registered {
      find(name: string): unknown {
        return registry.get(name);
      }
    }
    for (const way of [{}, { jitless: true }, { proxy: "full" }] as const) {
      const service = scopedProxy<Registered>("registered", { shape: Registered, ...way });
      setFactory(
        service,
        () => {
          const made = new Registered();
          registry.set("made", made).set("other", registry);
          return made;
        },
        "per-async-context",
      );
      await runInContext(() => {
        for (let round = 0; round < 2; round++) {
          expect(service.find("made")).to.equal(service);
          expect(service.find("other")).to.equal(registry);
        }
      });
    }
  });

  it("methods of the platform: a Map's set, a Set's add, an emitter's on (law 9)", async () => {
    class Registry extends Map<string, number> {}
    class Bus extends EventEmitter {}
    const registry = scopedProxy<Registry>("registry", { shape: Registry });
    const bus = scopedProxy<Bus>("bus", { shape: Bus });
    setFactory(registry, () => new Registry(), "per-async-context");
    setFactory(bus, () => new Bus(), "per-async-context");
    await runInContext(() => {
      expect(registry.set("a", 1)).to.equal(registry);
      expect(registry.set("b", 1).set("c", 2).size).to.equal(3);
      expect(bus.on("x", () => {})).to.equal(bus);
    });
  });

  it("results that are something else are left alone, promises and thenables too (law 9)", async () => {
    const promise = Promise.resolve(1);
    class Own extends Promise<number> {}
    const own = Own.resolve(2);
    let asked = 0;
    const lazy = {
      then() {
        asked++;
      },
    };
    class Service {
      direct(): Promise<number> {
        return promise;
      }
      async native(): Promise<number> {
        return 1;
      }
      own(): unknown {
        return [this, own][1];
      }
      lazy(): unknown {
        return [this, lazy][1];
      }
      nothing(): unknown {
        return [this, null][1];
      }
    }
    const service = scopedProxy<Service>("service", { shape: Service });
    setFactory(service, () => new Service(), "per-async-context");
    await runInContext(async () => {
      for (let round = 0; round < 2; round++) {
        expect(service.direct()).to.equal(promise);
        expect(service.own()).to.equal(own);
        expect(service.lazy()).to.equal(lazy);
        expect(service.nothing()).to.equal(null);
        expect(await service.native()).to.equal(1);
      }
    });
    expect(asked).to.equal(0);
  });

  it("a promise is looked into only where the instance may be in it: not after a call whose result is dropped", async () => {
    class Connection {
      #began = 0;
      #begin(_how = "first"): this {
        this.#began++;
        return this;
      }
      async query(): Promise<number> {
        if (this.#began === 0) await this.#begin();
        else this.#begin("again");
        this.#begin();
        return this.#began;
      }
      async used(): Promise<unknown> {
        if (this.#began === 0) this.#begin();
        return this.#begin();
      }
      async usedLater(): Promise<unknown> {
        const me = this.#begin();
        return me;
      }
      async usedInArrow(): Promise<unknown> {
        const f = (): this => this.#begin();
        return f();
      }
      async usedFurther(): Promise<unknown> {
        return [this.#begin().#begin()][0];
      }
    }
    // Nor is it known what others do with what they are handed.
    class Handing {}
    (Handing.prototype as any).handsOut = async function (this: any, registry: { last?: unknown }) {
      this.keep(this, registry);
      return registry.last;
    };
    (Handing.prototype as any).keep = (me: unknown, registry: { last?: unknown }): void => void (registry.last = me);
    class Keeping {
      #me: unknown;
      #keep(): void {
        this.#me = this;
      }
      async get(): Promise<unknown> {
        this.#keep();
        return this.#me;
      }
    }
    const kinds = new Map([Connection, Handing, Keeping].flatMap(membersOf).map(({ key, result }) => [key, result]));
    expect(Object.fromEntries(kinds)).to.eql({
      query: "never-this",
      used: "maybe-promise-of-this",
      usedLater: "maybe-promise-of-this",
      usedInArrow: "maybe-promise-of-this",
      usedFurther: "maybe-promise-of-this",
      handsOut: "maybe-promise-of-this",
      keep: "maybe-this",
      get: "maybe-promise-of-this",
    });
    const service = scopedProxy<Connection>("connection", { shape: Connection });
    const keeping = scopedProxy<Keeping>("keeping", { shape: Keeping });
    setFactory(service, () => new Connection(), "per-async-context");
    const handing = scopedProxy<any>("handing", { shape: Handing });
    setFactory(handing, () => new Handing(), "per-async-context");
    setFactory(keeping, () => new Keeping(), "per-async-context");
    await runInContext(async () => {
      expect(await service.query()).to.equal(2);
      for (const name of ["used", "usedLater", "usedInArrow", "usedFurther"] as const) {
        expect(await service[name](), name).to.equal(service);
      }
      expect(await handing.handsOut({})).to.equal(handing);
      expect(await keeping.get()).to.equal(keeping);
    });
  });

  describe("by way of what holds the instance (law 9)", () => {
    /** None of the methods says `this` but to look something up. */
    class Plain {
      held: { give(): unknown } = { give: () => undefined };
      async find(): Promise<unknown> {
        return this.held.give();
      }
      sum(): number {
        return 1 + 1;
      }
    }
    const ways: Record<string, new () => Plain> = {
      "a function that returns it": class extends Plain {
        override held = { give: () => this };
      },
      "a function with a body": class extends Plain {
        override held = {
          give: () => {
            return this;
          },
        };
      },
      "a condition": class extends Plain {
        override held = { give: () => (this.sum() > 1 ? this : undefined) };
      },
      "an alternative": class extends Plain {
        nothing = undefined;
        override held = { give: () => this.nothing ?? this };
      },
      "a generator": class extends Plain {
        *each(): Generator<this> {
          yield this;
        }
        override held = { give: () => this.each().next().value };
      },
      "an accessor": class extends Plain {
        get me(): this {
          return this;
        }
        override held = { give: () => this.me };
      },
      "a private accessor": class extends Plain {
        get #me(): this {
          return this;
        }
        override held = { give: () => this.#me };
      },
      "a list": class extends Plain {
        override held = { give: () => [this][0] };
      },
      "an argument": class extends Plain {
        override held = { give: () => Object(this) as unknown };
      },
    };
    const kinds = { generated: {}, jitless: { jitless: true }, full: { proxy: "full" } } as const;
    for (const [wayName, way] of Object.entries(ways)) {
      for (const [kindName, kind] of Object.entries(kinds)) {
        for (const isKnown of [true, false]) {
          const known = isKnown ? "its class is known" : "only a base class is known";
          it(`${wayName} (${kindName}, ${known}) (law 9)`, async () => {
            class Leaf extends way {}
            const service = scopedProxy<Plain>("service", { shape: isKnown ? Leaf : Plain, ...kind });
            setFactory(service, () => new Leaf(), "per-async-context");
            await runInContext(async () => {
              for (const round of ["first touch", "hot path"]) {
                expect(await service.find(), round).to.equal(service);
                expect(service.sum()).to.equal(2);
              }
            });
          });
        }
      }
    }

    for (const [kindName, kind] of Object.entries(kinds)) {
      it(`a field that the factory put it into (${kindName}) (law 9)`, async () => {
        class Node {
          name = "root";
          root: unknown;
          async top(): Promise<unknown> {
            return this.root;
          }
        }
        const service = scopedProxy<Node>("service", { shape: Node, ...kind });
        const make = (): Node => {
          const made = new Node();
          made.root = made;
          return made;
        };
        setFactory(service, make, "per-async-context");
        await runInContext(async () => {
          for (let round = 0; round < 2; round++) expect(await service.top()).to.equal(service);
        });
      });
    }

    it("the elements of a list are not looked through when it is made", () => {
      let looks = 0;
      const count = (): string[] => (looks++, []);
      const list = scopedProxy<number[]>("list", { shape: Array });
      setFactory(list, () => new Proxy([1, 2], { ownKeys: count }));
      expect(list.at(1)).to.equal(2);
      class Stack extends Array<number> {}
      setFactory(list, () => new Proxy(Stack.from([3, 4]), { ownKeys: count }));
      expect(list.at(1)).to.equal(4);
      expect(looks).to.equal(0);
    });

    it("an old-style class, which has each method's text apart (law 9)", () => {
      function Old(this: any): void {}
      Old.prototype.keep = function () {
        this.me = this;
      };
      Old.prototype.get = async function () {
        return this.me;
      };
      const [keep, get] = membersOf(Old);
      expect([keep!.result, get!.result]).to.eql(["maybe-promise-of-this", "maybe-promise-of-this"]);
    });

    it("the text of a class tells, however it is set", () => {
      const keeps = (body: string): boolean => {
        // oxlint-disable-next-line typescript/no-implied-eval -- for texts that a formatter would not leave as they are
        const shape = new Function(`return class { ${body}; async find() { return this.held.give(); } }`)() as Class;
        return membersOf(shape).find(({ key }) => key === "find")!.result === "maybe-promise-of-this";
      };
      for (const body of [
        "me=this",
        "me =\n this",
        "keep(list) { list.push( this ) }",
        "each = () =>\nthis",
        "each=()=>{return this}",
        "each = () =>\n {\n return  this }",
        "get me(){return this}",
        "get  me ( ) \n{ const x = 1; return\tthis; }",
        "get #me() { return this; }",
        "get $1() { return this; }",
        "*each() { yield  this; }",
      ]) {
        expect(keeps(body), body).to.equal(true);
      }
      for (const body of [
        "a = this.b",
        "a = this\n .b",
        "a = this ?. b",
        "a = this [0]",
        "each = () => { return this.b }",
        "each = () => { return this\n  .b }",
        "get me() { return this ?. b }",
        "get me() { return this [0] }",
        "plain() { return this }",
        "getMe() { return this }",
        "a = thisOther",
        "yields() { return 1 }",
      ]) {
        expect(keeps(body), body).to.equal(false);
      }
    });

    it("an accessor that was defined on a class (law 9)", () => {
      class Patched {
        async get(): Promise<unknown> {
          return (this as { me?: unknown }).me;
        }
      }
      const holder = {
        get me(): unknown {
          return this;
        },
      };
      Object.defineProperty(Patched.prototype, "me", Object.getOwnPropertyDescriptor(holder, "me")!);
      expect(membersOf(Patched)[0]!.result).to.equal("maybe-promise-of-this");
    });

    it("a class that hands nothing on pays for no look into its promises, nor does an emitter", () => {
      class Bus extends EventEmitter {
        count = 0;
        async send(): Promise<number> {
          return this.count++;
        }
      }
      const member = membersOf(Bus).find(({ key }) => key === "send");
      expect(member!.result).to.equal("never-this");
    });

    it("what one class says of a method that two share is not said of the other", () => {
      async function shared(this: { me: unknown }): Promise<unknown> {
        return this.me;
      }
      class Keeping {
        me = this;
      }
      class Quiet {
        me = undefined;
      }
      Object.assign(Keeping.prototype, { shared });
      Object.assign(Quiet.prototype, { shared });
      for (let round = 0; round < 2; round++) {
        expect(membersOf(Quiet)[0]!.result).to.equal("never-this");
        expect(membersOf(Keeping)[0]!.result).to.equal("maybe-promise-of-this");
      }
    });
  });

  it("`this` inside is the instance, also for what is read from the proxy and called elsewhere", async () => {
    class Account {
      #balance = 1;
      balance(): number {
        return this.#balance;
      }
      async later(): Promise<number> {
        return this.#balance;
      }
    }
    const account = scopedProxy<Account>("account", { shape: Account });
    setFactory(account, () => new Account(), "per-async-context");
    await runInContext(async () => {
      const { balance, later } = account;
      expect([balance(), balance.call({} as never), await later.apply(undefined as never)]).to.eql([1, 1, 1]);
      expect([1, 2].map(account.balance)).to.eql([1, 1]);
    });
  });

  it("an explicit lease gives the real thing, and what that returns is real", async () => {
    const fluent = scopedProxy<Fluent>("fluent", { shape: Fluent });
    setFactory(fluent, () => new Fluent(), pooledScope(1));
    const own = await lease(fluent);
    expect(own.value.plain()).to.equal(own.value);
    expect(own.value).to.not.equal(fluent);
    await own.release();
  });
});

describe("a member read from the proxy", () => {
  it("is the same each time, and follows the context it is called in (scenario 4)", async () => {
    class User {
      static made = 0;
      readonly id = ++User.made;
      which = (): number => this.id;
      who(): number {
        return this.id;
      }
    }
    for (const way of Object.values(ways)) {
      User.made = 0;
      const user = scopedProxy<User>("user", { shape: User, ...way });
      setFactory(user, () => new User(), "per-async-context");
      const kept = await runInContext(() => {
        const { who, which } = user;
        expect(user.who).to.equal(who);
        expect(user.which).to.equal(which);
        expect([who(), which()]).to.eql([1, 1]);
        return { who, which };
      });
      await runInContext(() => {
        expect([kept.who(), kept.which()]).to.eql([2, 2]);
        expect([user.who, user.which]).to.eql([kept.who, kept.which]);
      });
    }
  });
});
