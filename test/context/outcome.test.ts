import { expect } from "chai";
import { type AsyncContext, currentContext, runInContext } from "inversify-scopes";
import { reasonOf } from "../support/errors.js";
import { perContext, type Thing } from "../support/things.js";

/** What a disposer sees, and what is seen after the end. */
async function outcomeOf(
  body: (thing: Thing) => unknown,
  signal?: AbortSignal,
): Promise<{ during: unknown; inDisposer: unknown; after: unknown }> {
  let inDisposer: unknown = "no disposer ran";
  const thing = perContext("thing", { destroy: () => (inDisposer = currentContext()!.outcome) });
  let context!: AsyncContext;
  let during: unknown = "not run";
  const run = async (): Promise<unknown> => {
    context = currentContext()!;
    during = context.outcome;
    thing.hello();
    return body(thing);
  };
  await runInContext({ signal }, run).catch(() => {});
  return { during, inDisposer, after: context.outcome };
}

describe("the outcome of a context, for its disposers", () => {
  it("is undefined until the callback has settled", async () => {
    expect((await outcomeOf(() => {})).during).to.equal(undefined);
  });

  it("completed", async () => {
    const { inDisposer, after } = await outcomeOf(() => "result");
    expect(inDisposer).to.eql({ status: "completed" });
    expect(after).to.equal(inDisposer);
  });

  it("failed, with the very error, be it thrown or a rejection, and whatever it is", async () => {
    for (const error of [new Error("body"), undefined, "text"]) {
      for (const fail of [
        () => {
          throw error;
        },
        () => Promise.reject(error),
      ]) {
        const { inDisposer, after } = await outcomeOf(fail);
        expect(inDisposer).to.have.property("status", "failed");
        expect(inDisposer).to.have.property("error", error);
        expect(after).to.equal(inDisposer);
      }
    }
  });

  it("failed synchronously", async () => {
    const error = new Error("body");
    let seen: unknown;
    const thing = perContext("thing", { destroy: () => (seen = currentContext()!.outcome) });
    const body = (): never => {
      thing.hello();
      throw error;
    };
    expect(await reasonOf(runInContext(body))).to.equal(error);
    expect(seen).to.eql({ status: "failed", error });
  });

  it("aborted if the signal had aborted by then, however the callback settled", async () => {
    const reason = new Error("client left");
    const completing = new AbortController();
    expect((await outcomeOf(() => completing.abort(reason), completing.signal)).inDisposer).to.eql({
      status: "aborted",
      reason,
    });
    const failing = new AbortController();
    const error = new Error("body");
    const fail = (): never => {
      failing.abort(reason);
      throw error;
    };
    expect((await outcomeOf(fail, failing.signal)).inDisposer).to.eql({ status: "aborted", reason, error });
  });

  it("an abort of a parent's signal is one of the child's; one that comes after the callback is none", async () => {
    const reason = new Error("client left");
    const outer = new AbortController();
    await runInContext({ signal: outer.signal }, async () => {
      const { inDisposer } = await outcomeOf(() => outer.abort(reason));
      expect(inDisposer).to.eql({ status: "aborted", reason });
    });
    const late = new AbortController();
    let seen: unknown;
    const thing = perContext("thing", {
      destroy: () => {
        late.abort(reason);
        seen = currentContext()!.outcome;
      },
    });
    await runInContext({ signal: late.signal }, () => thing.hello());
    expect(seen).to.eql({ status: "completed" });
  });

  it("what disposers throw does not change it", async () => {
    let context!: AsyncContext;
    const thing = perContext("thing", {
      destroy: () => {
        throw new Error("disposer");
      },
    });
    await reasonOf(
      runInContext(() => {
        context = currentContext()!;
        thing.hello();
      }),
    );
    expect(context.outcome).to.eql({ status: "completed" });
  });

  it("a parent's is its own: a child that failed, and was caught, is no failure of its", async () => {
    const { inDisposer } = await outcomeOf(() =>
      reasonOf(
        runInContext(() => {
          throw new Error("child");
        }),
      ),
    );
    expect(inDisposer).to.eql({ status: "completed" });
  });
});
