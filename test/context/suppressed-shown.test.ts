import { format, inspect } from "node:util";
import { expect } from "chai";
import { pino } from "pino";
import { reasonOf } from "../support/errors.js";
import { perContext } from "../support/things.js";
import { runInContext } from "inversify-scopes";

class OrderError extends Error {
  readonly order = 42;
}

/** What comes out of a context whose body and whose disposer fail. */
async function failed(body: unknown, ...disposers: unknown[]): Promise<Error> {
  const services = disposers.map((error) =>
    perContext("unit", {
      destroy() {
        throw error;
      },
    }),
  );
  return (await reasonOf(
    runInContext(() => {
      for (const service of services.toReversed()) service.hello();
      throw body;
    }),
  )) as Error;
}

/** Wrapped or not. */
const bodies: Readonly<Record<string, () => unknown>> = {
  "an Error": () => new Error("body failed"),
  "an Error of one's own class, with a cause": () => new OrderError("body failed", { cause: new Error("why") }),
  "a primitive": () => "body failed",
  "a frozen Error": () => Object.freeze(new Error("body failed")),
};

const readers: Readonly<Record<string, (error: Error) => string>> = {
  "console.log": (error) => format(error),
  "console.error with a text": (error) => format("failed:", error),
  "util.inspect": (error) => inspect(error),
  "pino, as err": (error) => logged((log) => log.error({ err: error })),
  "pino, as it is": (error) => logged((log) => log.error(error)),
};

function logged(use: (log: pino.Logger) => void): string {
  let lines = "";
  use(pino({ base: null, timestamp: false }, { write: (line: string) => void (lines += line) }));
  return lines;
}

describe("suppressed errors are seen (law 7)", () => {
  for (const [reader, read] of Object.entries(readers)) {
    for (const [kind, body] of Object.entries(bodies)) {
      it(`${reader}: ${kind}`, async () => {
        const text = read(await failed(body(), new Error("commit failed"), "close failed"));
        for (const part of ["body failed", "commit failed", "close failed"]) expect(text).to.include(part);
      });
    }
  }

  it("in JSON they say what kind they are and where they came from, and what was suppressed on them", async () => {
    const inner = await failed(new OrderError("inner"), new TypeError("deep"));
    const error = await failed(new Error("body"), inner, 7);
    const { suppressed } = JSON.parse(JSON.stringify(error)) as { suppressed: Record<string, unknown>[] };
    expect(suppressed[0]).to.include({ type: "Error", message: "inner", order: 42 });
    expect(suppressed[0]!.stack).to.include("suppressed-shown.test");
    expect(suppressed[0]!.suppressed).to.have.nested.property("[0].message", "deep");
    expect(suppressed[1]).to.equal(7);
  });

  it("the array is an ordinary one for whoever reads it", async () => {
    const commit = new Error("commit");
    const { suppressed } = (await failed(new Error("body"), commit)) as Error & { suppressed: unknown[] };
    expect(Object.keys(suppressed)).to.eql(["0"]);
    expect([...suppressed]).to.eql([commit]);
    expect(inspect(suppressed)).to.not.include("toJSON");
  });
});
