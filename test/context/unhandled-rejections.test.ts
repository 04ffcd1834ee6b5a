import { expect } from "chai";
import { runInContext } from "inversify-scopes";
import { gate } from "../support/gate.js";
import { perContextMade, Thing } from "../support/things.js";
import { unhandledDuring, warningsDuring } from "../support/warnings.js";

class Failing extends Thing {
  override later(): Promise<string> {
    return Promise.reject(new Error("the user's own"));
  }
}

describe("unhandled rejections (law 12)", () => {
  it("none of ours when a context ends with acquisitions pending that nobody looks at (law 12)", async () => {
    let reasons: unknown[] = [];
    const quiet = async (action: () => unknown): Promise<unknown> => {
      reasons = await unhandledDuring(action);
      return reasons;
    };
    await warningsDuring(() =>
      quiet(async () => {
        const arrival = gate<Thing>();
        const late = perContextMade("late", () => arrival.promise);
        await runInContext(() => {
          // Only begun, by a touch that cannot wait.
          try {
            late.hello();
          } catch {}
        });
        arrival.fail(new Error("late failure"));
      }),
    );
    expect(reasons).to.eql([]);
  });

  it("a factory that fails after a touch that could not wait is told in a warning (law 12)", async () => {
    const arrival = gate<Thing>();
    const late = perContextMade("late", () => arrival.promise);
    const warnings = await warningsDuring(() =>
      runInContext(async () => {
        try {
          late.hello();
        } catch {}
        arrival.fail(new Error("late failure"));
        await arrival.promise.catch(() => {});
      }),
    );
    expect(warnings).to.have.length(1);
    expect(warnings[0]!.message).to.include("late failure");
  });

  it("the rejection of a deferred call that the caller drops is the caller's, once (law 12)", async () => {
    const reasons = await unhandledDuring(async () => {
      const late = perContextMade("late", () => new Promise<Thing>(() => {}));
      await runInContext(() => void late.later());
    });
    expect(reasons).to.have.length(1);
    expect(reasons[0]).to.include({ code: "CONTEXT_ENDED" });
  });

  it("graceMs does not swallow a rejection that the caller forgot (law 12)", async () => {
    const failing = perContextMade("failing", () => new Failing());
    for (const options of [{}, { graceMs: 60_000 }]) {
      const reasons = await unhandledDuring(() => runInContext(options, () => void failing.later()));
      expect(reasons.map((reason) => (reason as Error).message)).to.eql(["the user's own"]);
    }
  });

  it("a rejected context that the caller drops is the caller's, once (law 12)", async () => {
    const reasons = await unhandledDuring(() => {
      void runInContext(() => Promise.reject(new Error("body")));
    });
    expect(reasons.map((reason) => (reason as Error).message)).to.eql(["body"]);
  });
});
