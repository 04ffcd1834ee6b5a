import { isDeepStrictEqual } from "node:util";
import { AssertionError, expect } from "chai";
import { perAsyncContextScope, runInContext, scopedProxy, setFactory, unwrap } from "inversify-scopes";
import { kinds } from "./kinds.js";

/*
 * What compares objects deeply looks behind the language: at prototypes, at brands that only the object itself has, and at
 * the identity of functions. So a proxy is equal to itself and, by its data, to its like; who wants to know for certain
 * compares `unwrap(proxy)`.
 */

const equalities: Readonly<Record<string, (a: unknown, b: unknown) => boolean>> = {
  "util.isDeepStrictEqual": isDeepStrictEqual,
  "chai's deep equal": (a, b) => {
    try {
      expect(a).to.deep.equal(b);
      return true;
    } catch (error) {
      if (error instanceof AssertionError) return false;
      throw error;
    }
  },
};

const lists = ["an array", "a frozen array", "a subclass of Array"];
const plain = [
  "a sealed object",
  "an object with null prototype",
  "accessors that throw",
  "toString, toJSON and valueOf of its own",
  "Symbol.toPrimitive of its own",
  "an inspector of its own",
  "a class whose prototype names another constructor",
];

/** For each equality and way: the kinds of which a proxy equals the very instance that it stands for. */
const holds: Readonly<Record<string, Readonly<Record<"auto" | "full", readonly string[]>>>> = {
  "util.isDeepStrictEqual": {
    // The prototype of an ordinary proxy is not the class's own; from Node 22 on more of them pass.
    auto: [...lists, "an object with null prototype"],
    // No brand (Map, Set, Date, Error, bytes), and no function in a field, whose stand-in the proxy shows.
    full: [
      ...lists,
      ...plain,
      "an EventEmitter",
      "a stream",
      "a URL",
      "a pg.Client that is not connected",
      "an ioredis client that is not connected",
      "a client in the manner of ioredis",
    ],
  },
  // Compares tags, keys and elements, not prototypes and brands; of iterables that differ in keys, the elements.
  "chai's deep equal": {
    auto: [
      ...lists,
      ...plain,
      "a Map",
      "a subclass of Map",
      "a Set",
      "a typed array",
      "a class with #private fields",
      "a frozen object",
    ],
    full: [...lists, ...plain, "a Map", "a subclass of Map", "a Set", "a typed array"],
  },
};

describe("deep comparison of proxies", () => {
  for (const [name, isEqual] of Object.entries(equalities)) {
    for (const way of ["auto", "full"] as const) {
      const isVersionDependent = name === "util.isDeepStrictEqual" && way === "auto";
      it(`${name}, ${way}: of a proxy with its instance, either way round`, async () => {
        const equal: string[] = [];
        for (const [kindName, { make, shape }] of Object.entries(kinds)) {
          const proxy = scopedProxy<object>("subject", { proxy: way, ...(shape === undefined ? {} : { shape }) });
          setFactory(proxy, make, perAsyncContextScope());
          await runInContext(() => {
            const real = unwrap(proxy);
            expect(isEqual(proxy, real), kindName).to.equal(isEqual(real, proxy));
            if (isEqual(proxy, real)) equal.push(kindName);
            expect(isEqual(proxy, proxy), `${kindName} itself`).to.equal(true);
            expect(isEqual({ a: [proxy] }, { a: [proxy] }), `${kindName}, nested`).to.equal(true);
          });
        }
        if (isVersionDependent) expect(equal).to.include.members(holds[name]![way]);
        else expect(equal).to.have.members(holds[name]![way]);
      });
    }

    it(`${name}: what holds of two instances holds of what unwrap gives`, async () => {
      for (const [kindName, { make, shape }] of Object.entries(kinds)) {
        const proxy = scopedProxy<object>("subject", shape === undefined ? {} : { shape });
        setFactory(proxy, make, perAsyncContextScope());
        await runInContext(() => {
          expect(isEqual(unwrap(proxy), make()), kindName).to.equal(isEqual(make(), make()));
        });
      }
    });
  }

  it("structuredClone is for the real one: a copy of it is as deep and as equal as one of any instance", async () => {
    for (const [kindName, { make, shape }] of Object.entries(kinds)) {
      const proxy = scopedProxy<object>("subject", shape === undefined ? {} : { shape });
      setFactory(proxy, make, perAsyncContextScope());
      await runInContext(() => {
        const cloned = attempt(() => structuredClone(make()));
        expect(
          isDeepStrictEqual(
            attempt(() => structuredClone(unwrap(proxy))),
            cloned,
          ),
          kindName,
        ).to.equal(true);
      });
    }
  });
});

function attempt(action: () => unknown): unknown {
  try {
    return action();
  } catch (error) {
    return (error as Error).name;
  }
}
