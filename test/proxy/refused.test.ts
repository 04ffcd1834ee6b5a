import { expect } from "chai";
import {
  perAsyncContextScope,
  ready,
  runInContext,
  ScopedContainer,
  scopedProxy,
  setFactory,
  setInstance,
} from "inversify-scopes";
import { reasonOf, rejected, thrown } from "../support/errors.js";

/* Thenables are what some of this is about. */
class Thenable {
  then(): void {}
}
class InheritedThenable extends Thenable {}
class Plain {}

describe("what cannot stand behind a proxy is NOT_PROXYABLE", () => {
  it("a thenable class, at bind time; nothing half-bound is left (law 2)", () => {
    for (const shape of [Thenable, InheritedThenable, Promise]) {
      for (const proxy of ["auto", "full"] as const) {
        const error = thrown("NOT_PROXYABLE", () => scopedProxy("lazy", { shape, proxy }));
        expect(error.message).to.include("lazy").and.include("then").and.include(shape.name);
        expect(error.message).to.include("Bind an object that holds the thenable instead.");
        expect(error.service).to.equal("lazy");
      }
    }
    const container = new ScopedContainer();
    thrown("NOT_PROXYABLE", () => container.bind(Thenable).toSelf().inSharedScope());
    expect(container.isBound(Thenable)).to.equal(false);
  });

  const wrong: Record<string, { made: unknown; shape?: any; says: string }> = {
    "a thenable": { made: { then() {} }, says: "thenable" },
    null: { made: null, says: "null" },
    undefined: { made: undefined, says: "undefined" },
    "a number": { made: 7, says: "number" },
    "a string": { made: "text", says: "string" },
    "a symbol": { made: Symbol("s"), says: "symbol" },
    "a function, bound without saying so": { made: () => {}, says: "shape: Function" },
    "a class, bound without saying so": { made: Plain, shape: Plain, says: "shape: Function" },
    "an array, bound without saying so": { made: [], says: "shape: Array" },
    "no function, bound as one": { made: {}, shape: Function, says: "no function" },
    "no array, bound as one": { made: { length: 0 }, shape: Array, says: "no array" },
    "an array, bound as a function": { made: [], shape: Function, says: "no function" },
  };
  for (const [name, { made, shape, says }] of Object.entries(wrong)) {
    it(`${name}, at first use, made synchronously or not`, async () => {
      const scope = perAsyncContextScope();
      const options = shape === undefined ? {} : { shape };
      const sync = scopedProxy<any>("service", options);
      setFactory(sync, () => made, scope);
      const late = scopedProxy<any>("service", options);
      const isThenable = name === "a thenable";
      setFactory(late, async () => (isThenable ? { then: undefined } : made), scope);
      await runInContext(async () => {
        if (isThenable) {
          // A thenable that a factory returns is awaited, as a promise would be; this one never settles.
          thrown("NOT_READY", () => sync.member);
          return;
        }
        const error = await reasonOf(Promise.resolve().then(() => sync.member as unknown));
        expect(error).to.include({ code: "NOT_PROXYABLE", service: "service" });
        expect((error as Error).message).to.include(says);
        await rejected("NOT_PROXYABLE", ready(late));
      });
    });
  }

  it("setInstance refuses a thenable, a function and an array where the shape says otherwise", () => {
    const service = scopedProxy<any>("service", { shape: Plain });
    thrown("NOT_PROXYABLE", () => setInstance(service, { then() {} }));
    thrown("NOT_PROXYABLE", () => setInstance(service, () => {}));
    thrown("NOT_PROXYABLE", () => setInstance(service, []));
    const list = scopedProxy<any>("list", { shape: Array });
    thrown("NOT_PROXYABLE", () => setInstance(list, {}));
    setInstance(list, [1]);
    expect(list).to.have.length(1);
  });

  it("a proxy cannot be fixed for ever, since it stands for many instances", async () => {
    for (const shape of [undefined, Plain, Array, Function]) {
      const proxy = scopedProxy<any>("service", { ...(shape === undefined ? {} : { shape }), proxy: "full" });
      const made = shape === Array ? [1] : shape === Function ? (): number => 1 : new Plain();
      setInstance(proxy, made);
      for (const fix of [Object.freeze, Object.seal, Object.preventExtensions])
        expect(() => fix(proxy)).to.throw(TypeError);
      expect(() => Object.defineProperty(proxy, "fixed", { value: 1, configurable: false })).to.throw(TypeError);
      expect(Object.hasOwn(made, "fixed"), "refused before it is done").to.equal(false);
      expect(Object.isFrozen(proxy)).to.equal(false);
    }
  });

  it("setPrototypeOf reaches the instance of a full proxy", () => {
    const proxy = scopedProxy<any>("service", { proxy: "full" });
    const made = {};
    setInstance(proxy, made);
    Object.setPrototypeOf(proxy, Plain.prototype);
    expect(made).to.be.instanceOf(Plain);
    expect(proxy).to.be.instanceOf(Plain);
  });
});
