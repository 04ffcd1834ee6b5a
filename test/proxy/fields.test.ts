import { expect } from "chai";
import { runInContext, scopedProxy, setFactory, setInstance } from "inversify-scopes";

function proxyOf<T extends object>(shape: abstract new (...args: never[]) => T, make: () => T, full = false): T {
  const proxy = scopedProxy<T>("service", { shape, ...(full ? { proxy: "full" } : {}) });
  setFactory(proxy, make, "per-async-context");
  return proxy;
}

describe("own fields on a proxy", () => {
  it("are served from the first touch on, and listed from the first instance on", async () => {
    class User {
      name = "me";
      readonly id = 1;
    }
    const user = proxyOf(User, () => new User());
    expect(Object.keys(user)).to.eql([]);
    await runInContext(() => {
      expect(user.name).to.equal("me");
      expect(Object.keys(user)).to.eql(["name", "id"]);
      expect("name" in user).to.equal(true);
      user.name = "you";
      expect(Object.assign({}, user)).to.eql({ name: "you", id: 1 });
    });
    expect(Object.keys(user), "outside, too").to.eql(["name", "id"]);
    await runInContext(() => expect(user.name).to.equal("me"));
  });

  it("a proxy made later knows them at once", async () => {
    class Known {
      a = 1;
    }
    const first = proxyOf(Known, () => new Known());
    await runInContext(() => first.a);
    expect(Object.keys(proxyOf(Known, () => new Known()))).to.eql(["a"]);
  });

  it("those of a subclass are learnt when its first instance comes", async () => {
    class Shape {
      side = 1;
    }
    class Box extends Shape {
      depth = 2;
    }
    const makes = [() => new Shape(), () => new Box(), () => new Shape(), () => new Box(), () => new Box()];
    let n = 0;
    const shape = proxyOf(Shape, () => makes[n++]!());
    const keys: string[][] = [];
    for (const _ of makes) {
      await runInContext(() => {
        void shape.side;
        keys.push(Object.keys(shape));
      });
    }
    expect(keys).to.eql([["side"], ["side", "depth"], ["side", "depth"], ["side", "depth"], ["side", "depth"]]);
  });

  it("are shown up to a limit: a proxy does not grow with a dictionary", async () => {
    class Dictionary {
      [word: string]: number;
    }
    const dictionary = proxyOf(Dictionary, () => {
      const made = new Dictionary();
      for (let i = 0; i < 1_000; i++) made[`word${i}`] = i;
      return made;
    });
    await runInContext(() => {
      expect(dictionary["word999"]).to.equal(999);
      expect(Object.keys(dictionary)).to.have.length(64);
      dictionary["word999"]! += 1;
      expect(dictionary["word999"]).to.equal(1000);
    });
    const full = proxyOf(Dictionary, () => Object.assign(new Dictionary(), { a: 1 }), true);
    await runInContext(() => expect(Object.keys(full)).to.eql(["a"]));
  });

  it("those of bytes are their numbers, and are served, not listed", () => {
    const bytes = scopedProxy<Uint8Array>("bytes", { shape: Uint8Array });
    setFactory(bytes, () => new Uint8Array([7, 8]));
    expect([bytes[0], bytes[1], bytes.length]).to.eql([7, 8, 2]);
    expect(Object.keys(bytes)).to.eql([]);
  });

  it("in front of data and accessors of the class are shown; methods bound in the constructor stay the class's", async () => {
    class Old {
      declare kind: string;
      run(): Old {
        return this;
      }
      constructor() {
        this.run = this.run.bind(this);
        this.kind = "own";
      }
    }
    Old.prototype.kind = "of all";
    const old = proxyOf(Old, () => new Old());
    await runInContext(() => {
      expect(old.kind).to.equal("own");
      expect(Object.keys(old)).to.eql(["kind"]);
      expect(old.run()).to.equal(old);
    });
  });

  it("a class of functions, and functions among fields that are classes, come out rightly", async () => {
    class Model {}
    class Orm {
      Model = Model;
      Promise = Promise;
      run = (): string => "ran";
    }
    const orm = proxyOf(Orm, () => new Orm());
    await runInContext(() => {
      for (let round = 0; round < 2; round++) {
        expect(new orm.Model()).to.be.instanceOf(Model);
        expect(orm.Promise).to.equal(Promise);
        expect(orm.run()).to.equal("ran");
        expect(orm.run.name).to.equal("run");
      }
    });
  });

  it("Object.prototype as a shape tells nothing, and two such services share nothing", async () => {
    const a = proxyOf(Object, () => ({ a: 1 }));
    const b = proxyOf(Object, () => ({ b: 2 }));
    await runInContext(() => {
      expect([Object.keys(a), Object.keys(b)]).to.eql([["a"], ["b"]]);
    });
  });

  it("JSON is that of the instance, also where a field is called toJSON, and holds no instance", async () => {
    class Plain {
      a = 1;
      self = this;
      get hidden(): number {
        return 2;
      }
    }
    class Telling {
      toJSON = (key: string): string => `told at "${key}"`;
    }
    class Late {
      a = 1;
    }
    const plain = proxyOf(Plain, () => new Plain());
    const telling = proxyOf(Telling, () => new Telling());
    const late = proxyOf(Late, () => new Late());
    await runInContext(() => {
      expect(() => JSON.stringify(plain)).to.throw(TypeError, /circular|cyclic/);
      expect(JSON.stringify({ x: telling })).to.equal(`{"x":"told at \\"x\\""}`);
      expect(JSON.stringify({ late }), "the first touch").to.equal(`{"late":{"a":1}}`);
    });
  });

  it("swapped instances may lack a member, which then is none", () => {
    class Service {
      hello(): string {
        return "hello";
      }
    }
    const service = scopedProxy<Service>("service", { shape: Service });
    setInstance(service, {} as Service);
    expect(() => service.hello()).to.throw(TypeError);
    const jitless = scopedProxy<Service>("service", { shape: Service, jitless: true });
    setInstance(jitless, {} as Service);
    expect(() => jitless.hello()).to.throw(TypeError, "service.hello is not a function");
  });

  describe("used again and again, when they get forwarders of their own", () => {
    class Counter {
      n = 0;
    }
    const count = (counter: Counter): void => {
      for (let i = 0; i < 10; i++) counter.n++;
    };

    for (const jitless of [false, true]) {
      it(`mean the instance of now, before and after${jitless ? ", without generated code too" : ""}`, async () => {
        const counter = scopedProxy<Counter>("counter", { shape: Counter, jitless });
        setFactory(counter, () => new Counter(), "per-async-context");
        for (const _ of [1, 2]) {
          await runInContext(() => {
            count(counter);
            expect(counter.n).to.equal(10);
            expect(Object.keys(counter)).to.eql(["n"]);
          });
        }
      });
    }

    it("what somebody has put in the place of one stays", async () => {
      const counter = proxyOf(Counter, () => new Counter());
      await runInContext(() => {
        expect(counter.n).to.equal(0);
        const was = Object.getOwnPropertyDescriptor(counter, "n")!;
        Object.defineProperty(counter, "n", { value: 7, writable: true, configurable: true, enumerable: true });
        for (let i = 0; i < 10; i++) Reflect.apply(was.get!, counter, []);
        expect(counter.n).to.equal(7);
      });
    });

    it("a frozen proxy serves them all the same", async () => {
      const counter = proxyOf(Counter, () => new Counter());
      await runInContext(() => {
        expect(counter.n).to.equal(0);
        Object.freeze(counter);
        count(counter);
        expect(counter.n).to.equal(10);
      });
    });
  });
});
