import { inspect } from "node:util";
import { expect } from "chai";
import Fastify from "fastify";
import { perAsyncContextScope, pooledScope, runInContext, scopedProxy, setFactory, unwrap } from "inversify-scopes";
import { thrown } from "../support/errors.js";

const OF_OBJECT = Object.getOwnPropertyNames(Object.prototype).filter(
  (key) => !["constructor", "__proto__"].includes(key),
);

/** What frameworks and test tools ask of any value. */
const ASKED: readonly PropertyKey[] = [
  Symbol.iterator,
  Symbol.asyncIterator,
  Symbol.toPrimitive,
  Symbol.toStringTag,
  Symbol.isConcatSpreadable,
  Symbol.unscopables,
  Symbol.species,
  Symbol("SinonType"),
  Symbol.for("@jest/serializableProperties"),
  "$$typeof",
  "@@__IMMUTABLE_ITERABLE__@@",
  "asymmetricMatch",
  "getter",
  "hasAttribute",
  "inspect",
  "jasmineToString",
  "nodeName",
  "nodeType",
  "ownerDocument",
  "setter",
  "tagName",
  "then",
  "_isMockFunction",
];

class Db {
  async query(): Promise<number> {
    return 1;
  }
}

const ways = {
  generated: { shape: Db },
  jitless: { shape: Db, jitless: true },
  full: { shape: Db, proxy: "full" },
  "no known class": {},
} as const;
const scopes = {
  "per async context": () => perAsyncContextScope(),
  pooled: () => pooledScope(1),
  "lent by call": () => pooledScope({ maxSize: 1, lease: "call" }),
};

describe("looking is free (law 2)", () => {
  for (const [wayName, way] of Object.entries(ways)) {
    for (const [scopeName, scope] of Object.entries(scopes)) {
      it(`what every object has, ${wayName}, ${scopeName} (law 2)`, async () => {
        let made = 0;
        const db = scopedProxy<any>("db", way);
        setFactory(db, () => (made++, new Db()), scope());
        const look = (): void => {
          expect(OF_OBJECT.filter((key) => typeof db[key] !== "function")).to.eql([]);
          expect([db.toString.name, db.toString.length, db.toString]).to.eql(["toString", 0, db.toString]);
          expect(db.__proto__).to.equal("shape" in way ? Db.prototype : Object.prototype);
          expect(made).to.equal(0);
        };
        look();
        await runInContext(look);
        await runInContext(() => expect(String(db)).to.equal("[object Object]"));
        if (scopeName !== "lent by call") thrown("NO_CONTEXT", () => String(db));
      });

      it(`what frameworks ask of any value, ${wayName}, ${scopeName} (law 2)`, async () => {
        let made = 0;
        const db = scopedProxy<any>("db", way);
        setFactory(db, () => (made++, new Db()), scope());
        const look = (): void => void expect(ASKED.filter((key) => db[key] !== undefined)).to.eql([]);
        look();
        await runInContext(look);
        // Of a class that nobody knows, an instance has to be asked where there can be one.
        if ("shape" in way) expect(made).to.equal(0);
        if (scopeName !== "lent by call") thrown("NO_CONTEXT", () => db.host);
      });
    }
  }

  it("a member of such a name that the class has is its instance's, also one that only its text names (law 1)", async () => {
    class Element {
      nodeType = 1;
      get tagName(): string {
        return "a";
      }
      getter(): string {
        return "got";
      }
      *[Symbol.iterator](): Generator<number> {
        yield this.nodeType;
      }
    }
    for (const way of [{ shape: Element }, { shape: Element, proxy: "full" }, {}] as const) {
      const element = scopedProxy<any>("element", way);
      setFactory(element, () => new Element(), perAsyncContextScope());
      if ("shape" in way) {
        expect([element.nodeType, typeof element.getter, typeof element[Symbol.iterator]]).to.eql([
          undefined,
          "function",
          "function",
        ]);
        thrown("NO_CONTEXT", () => element.tagName);
      }
      await runInContext(() => expect(element.nodeType).to.equal(1));
      await runInContext(() => expect(element.tagName).to.equal("a"));
      await runInContext(() => expect([...element, element.getter()]).to.eql([1, "got"]));
    }
  });

  it("a class that only asks others for such a member has none (law 2)", async () => {
    class Reader {
      /** nodeType */
      read(rows: any): unknown {
        const { inspect: shown } = rows;
        const isElement = rows.nodeType === 1 || rows.nodeType == 3 || rows.tagName.startsWith("a");
        if (Symbol.asyncIterator in rows) return rows[Symbol.asyncIterator]();
        return typeof rows[Symbol.iterator] === "function" ? [rows[Symbol.iterator]().next(), shown] : isElement;
      }
    }
    for (const way of [{ shape: Reader }, { shape: Reader, proxy: "full" }] as const) {
      let made = 0;
      const reader = scopedProxy<any>("reader", way);
      setFactory(reader, () => (made++, new Reader()), pooledScope(1));
      await runInContext(() => {
        for (const key of ["nodeType", "tagName", Symbol.iterator, Symbol.asyncIterator] as const) {
          expect(reader[key], String(key)).to.equal(undefined);
        }
      });
      expect(made).to.equal(0);
    }
  });

  it("however a class gives itself such a field, it is the instance's (law 1)", async () => {
    const classes = [
      class {
        [Symbol.iterator] = "it";
      },
      class {
        constructor() {
          (this as any)[Symbol.iterator] = "it";
        }
      },
      class {
        constructor() {
          Object.defineProperty(this, Symbol.iterator, { value: "it" });
        }
      },
      class {
        constructor() {
          Object.assign(this, { [Symbol.iterator]: "it" });
        }
      },
    ];
    const named = [
      class {
        getter = "it";
      },
      class {
        constructor() {
          (this as any)["getter"] ??= "it";
        }
      },
      class {
        constructor(getter = "it") {
          Object.assign(this, { getter });
        }
      },
      class {
        getter: unknown;
        constructor() {
          Object.assign(this, JSON.parse('{ "getter" : "it" }'));
        }
      },
    ];
    for (const shape of [...classes, ...named]) {
      const proxy = scopedProxy<any>("proxy", { shape });
      setFactory(proxy, () => new shape(), perAsyncContextScope());
      const key = classes.includes(shape) ? Symbol.iterator : "getter";
      await runInContext(() => expect(proxy[key], String(shape)).to.equal("it"));
    }
  });

  it("a prototype need not have a constructor (law 2)", async () => {
    const bare = Object.assign(Object.create(null) as object, { query: async () => 1 });
    const old = function () {} as unknown as new () => object;
    old.prototype = Object.create(null);
    for (const shape of [bare, old]) {
      const proxy = scopedProxy<any>("proxy", { shape });
      setFactory(proxy, () => Object.create(shape) as object, perAsyncContextScope());
      await runInContext(() => {
        for (const key of ASKED) expect(proxy[key], String(key)).to.equal(undefined);
        expect(inspect(proxy)).to.match(/^\w+ \[proxy: no instance here\]$/);
      });
    }
  });

  it("where an instance is meant and cannot be had, a look tells why (law 5)", async () => {
    const rows = scopedProxy<any>("rows");
    setFactory(rows, async () => [], perAsyncContextScope());
    await runInContext(() => void thrown("NOT_READY", () => rows[Symbol.iterator]));
  });

  it("whether an array has a member is asked of it for its elements only, where it is lent by call (law 2)", () => {
    let made = 0;
    const rows = scopedProxy<number[]>("rows", { shape: Array });
    setFactory(rows, () => (made++, [7]), pooledScope({ maxSize: 1, lease: "call" }));
    expect(["0th" in rows, "length" in rows, "none" in rows, made]).to.eql([false, true, false, 0]);
    expect([0 in rows, made]).to.eql([true, 1]);
  });

  it("Fastify's decorate takes a proxy", async () => {
    for (const way of Object.values(ways)) {
      const db = scopedProxy<Db>("db", way);
      setFactory(db, () => new Db(), perAsyncContextScope());
      const app = Fastify();
      app.decorate("db", db);
      await app.ready();
      expect((app as unknown as { db: Db }).db).to.equal(db);
      await app.close();
    }
  });

  it("inspectors find their way without a touch", () => {
    for (const way of Object.values(ways)) {
      const db = scopedProxy<any>("db", way);
      setFactory(db, () => new Db(), perAsyncContextScope());
      expect(inspect.custom in db).to.equal(true);
      expect(db[inspect.custom](1, {})).to.equal(`${"shape" in way ? "Db" : "Proxy"} [db: no instance here]`);
    }
  });

  it("an inspector shows the instance as its options say", () => {
    for (const way of Object.values(ways)) {
      const db = scopedProxy<any>("db", way);
      setFactory(db, () => Object.assign(new Db(), { rows: { first: { of: { many: 1 } } } }), "shared");
      void db.rows;
      for (const options of [{ depth: 0 }, { depth: 5, colors: true }, { depth: 5, compact: false }]) {
        expect(inspect(db, options)).to.equal(inspect(unwrap(db), options));
      }
    }
  });

  it("Deno's console asks for inspectors of its own, which its web classes have: they need no instance either", async () => {
    for (const symbol of [Symbol.for("Deno.customInspect"), Symbol.for("Deno.privateCustomInspect")]) {
      class Address {
        host = { name: { of: "a" } };
        [symbol](): string {
          return this.host.name.of;
        }
      }
      for (const way of [{ shape: Address }, { shape: Address, proxy: "full" }, {}] as const) {
        const address = scopedProxy<any>("address", way);
        setFactory(address, () => new Address(), perAsyncContextScope());
        const shown = `${"shape" in way ? "Address" : "Proxy"} [address: no instance here]`;
        expect([symbol in address, address[symbol](inspect, { depth: 4 })]).to.eql([true, shown]);
        await runInContext(() => {
          void address.host;
          for (const options of [{ depth: 0 }, { depth: 5, colors: true }]) {
            expect(address[symbol](inspect, options)).to.equal(inspect(unwrap(address), options));
          }
        });
      }
    }
  });

  it("whether the proxy has a method of its own: a replaced one is, without a touch", async () => {
    for (const way of [{ shape: Db }, { shape: Db, proxy: "full" }] as const) {
      const db = scopedProxy<any>("db", way);
      setFactory(db, () => Object.assign(new Db(), { rows: 1 }), perAsyncContextScope());
      thrown("NO_CONTEXT", () => db.hasOwnProperty("rows"));
      await runInContext(() => expect([db.hasOwnProperty("rows"), db.hasOwnProperty("other")]).to.eql([true, false]));
      const { query } = db;
      db.query = () => 2;
      expect([db.hasOwnProperty("query"), Object.hasOwn(db, "query"), "query" in db]).to.eql([true, true, true]);
      db.query = query;
      expect(db.query).to.equal(query);
    }
  });
});
