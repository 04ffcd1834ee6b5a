import { expect } from "chai";
import { runInContext } from "inversify-scopes";
import { reasonOf } from "../support/errors.js";
import { perContext } from "../support/things.js";

type WithSuppressed = Error & { error?: unknown; suppressed?: unknown };

function failingService(error: unknown): { hello(): string } {
  return perContext("failing", {
    destroy() {
      throw error;
    },
  });
}

/** What comes out of a context whose body throws one thing and whose disposers throw others. */
async function outcome(bodyError: unknown, ...disposerErrors: unknown[]): Promise<WithSuppressed> {
  const services = disposerErrors.map(failingService);
  return (await reasonOf(
    runInContext(() => {
      for (const service of services.toReversed()) service.hello();
      throw bodyError;
    }),
  )) as WithSuppressed;
}

describe("the error of a context's body (law 7)", () => {
  it("the body's own error object is what is thrown, untouched where no disposer fails (law 7)", async () => {
    for (const own of [new Error("body"), Object.freeze({ frozen: true }), "text", undefined, 0, null, Symbol("s")]) {
      expect(await outcome(own)).to.equal(own);
      expect(await reasonOf(runInContext(() => Promise.reject(own)))).to.equal(own);
    }
  });

  it("the disposers' errors are an array `suppressed` on the body's own error (scenario 43) (law 7)", async () => {
    const own = new TypeError("body");
    const first = new Error("first");
    const error = await outcome(own, first, "second");
    expect(error).to.equal(own);
    expect(error.suppressed).to.eql([first, "second"]);
    expect(Object.getOwnPropertyDescriptor(own, "suppressed"), "loggers show what is enumerable").to.include({
      writable: true,
      enumerable: true,
      configurable: true,
    });
  });

  it("also for a body that rejects after a while, and for errors that are no Error (law 7)", async () => {
    const own = { code: 42 } as { code: number; suppressed?: unknown };
    const disposer = new Error("disposer");
    const service = failingService(disposer);
    const error = await reasonOf(
      runInContext(async () => {
        await Promise.resolve();
        service.hello();
        throw own;
      }),
    );
    expect(error).to.equal(own);
    expect(own.suppressed).to.eql([disposer]);
  });

  it("an error that passes the ends of two contexts keeps what was suppressed at the first (law 7)", async () => {
    const own = new Error("body");
    const inner = failingService("inner");
    const outer = failingService("outer");
    const error = await reasonOf(
      runInContext(async () => {
        outer.hello();
        await runInContext(() => {
          inner.hello();
          throw own;
        });
      }),
    );
    expect(error).to.equal(own);
    expect((own as WithSuppressed).suppressed).to.eql(["inner", "outer"]);
  });

  it("an error that carries one suppressed error already, as `using` makes it, stays the one that is thrown (law 7)", async () => {
    const own = Object.assign(new Error("body"), { error: new Error("a"), suppressed: new Error("b") });
    const before = own.suppressed;
    const error = await outcome(own, "c");
    expect(error).to.equal(own);
    expect(error.suppressed).to.eql([before, "c"]);
  });

  it("a primitive or frozen error is wrapped in a SuppressedError (law 7)", async () => {
    const frozen = Object.freeze(new Error("frozen"));
    const sealed = Object.preventExtensions(new Error("sealed"));
    const callable = (): void => {};
    for (const own of ["text", 7, undefined, null, Symbol("s"), frozen, sealed, callable]) {
      const disposer = new Error("disposer");
      const error = await outcome(own, disposer);
      expect(error).to.be.instanceOf(Error);
      expect(error.name).to.equal("SuppressedError");
      expect(error.error).to.equal(own);
      expect(error.suppressed).to.eql([disposer]);
      for (const name of ["error", "suppressed"]) {
        expect(Object.getOwnPropertyDescriptor(error, name)).to.include({
          writable: true,
          enumerable: name === "suppressed" || !["object", "function"].includes(typeof own) || own === null,
          configurable: true,
        });
      }
      expect(error.message).to.include("1 disposer");
    }
  });

  it("so is one that cannot be written to, or shown (law 7)", async () => {
    const cannot = (): never => {
      throw new Error("no");
    };
    const shy = Object.defineProperty(new Error("shy"), "suppressed", { get: cannot });
    const bare: unknown = Object.freeze(Object.assign(Object.create(null) as object, { reason: "body" }));
    const hidden = new Proxy({}, { getPrototypeOf: cannot, get: cannot, defineProperty: cannot });
    for (const own of [shy, bare, hidden]) {
      const disposer = new Error("disposer");
      const error = await outcome(own, disposer);
      expect(error.error === own).to.equal(true);
      expect(error.suppressed).to.deep.equal([disposer]);
    }
  });

  it("a disposer that throws the body's own error once more adds nothing to it (law 7)", async () => {
    const own = new Error("body");
    const other = new Error("other");
    expect(await outcome(own, own)).to.equal(own);
    expect(own).to.not.have.property("suppressed");
    expect(await outcome(own, own, other)).to.have.deep.property("suppressed", [other]);
  });

  it("of equal primitives nobody knows whether they are one: the disposer's is told (law 7)", async () => {
    for (const own of ["text", 7, undefined, null, 0, Number.NaN, 1n, Symbol.for("s"), true]) {
      const error = await outcome(own, own);
      expect(error, String(own)).to.be.instanceOf(Error);
      expect([error.error, error.suppressed]).to.eql([own, [own]]);
    }
  });

  it("the wrapping is the platform's own SuppressedError where there is one (law 7)", async () => {
    const platform = globalThis as { SuppressedError?: unknown };
    const before = Object.getOwnPropertyDescriptor(platform, "SuppressedError");
    class SuppressedError extends Error {
      override name = "SuppressedError";
      constructor(
        readonly error: unknown,
        readonly suppressed: unknown,
        message: string,
      ) {
        super(message);
      }
    }
    for (const native of [SuppressedError, undefined]) {
      try {
        Object.defineProperty(platform, "SuppressedError", { value: native, configurable: true, writable: true });
        const error = await outcome("text", "disposer");
        expect(error).to.include({ name: "SuppressedError", error: "text" });
        expect(error.suppressed).to.eql(["disposer"]);
        expect(error instanceof SuppressedError).to.equal(native !== undefined);
      } finally {
        if (before === undefined) Reflect.deleteProperty(platform, "SuppressedError");
        else Object.defineProperty(platform, "SuppressedError", before);
      }
    }
  });
});
