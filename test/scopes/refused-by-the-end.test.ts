import { expect } from "chai";
import { ready, runInContext } from "inversify-scopes";
import { gate, turn } from "../support/gate.js";
import { perContextMade, Thing } from "../support/things.js";
import { warningsDuring } from "../support/warnings.js";

/** The warnings after a touch that could not wait has begun to make something, and the context has ended. */
async function warnings(factory: (over: Promise<void>) => Promise<Thing>, signal?: AbortController): Promise<string[]> {
  const over = gate();
  const told = await warningsDuring(async () => {
    const thing = perContextMade("thing", () => factory(over.promise));
    await runInContext({ signal: signal?.signal }, () => {
      expect(() => thing.hello()).to.throw("cannot wait");
      signal?.abort(new Error("the client has left"));
    });
    over.open();
    await turn();
  });
  return told.map(({ code }) => code!);
}

describe("after NOT_READY, which the caller has, the end of the context refuses what the factory waits for", () => {
  it("nobody is warned of that (law 6)", async () => {
    const slow = perContextMade("slow", () => new Promise<Thing>(() => {}));
    const waits = async (): Promise<Thing> => {
      await ready(slow);
      return new Thing();
    };
    expect(await warnings(waits)).to.eql([]);
    expect(await warnings(waits, new AbortController()), "nor of the signal's reason").to.eql([]);
  });

  it("nor of what it touches after the end, however it wraps that (law 6)", async () => {
    const late = perContextMade("late", () => new Thing());
    const touches = async (over: Promise<void>): Promise<Thing> => {
      await over;
      try {
        return new Thing(late.hello());
      } catch (cause) {
        throw new Error("no thing", { cause });
      }
    };
    expect(await warnings(touches)).to.eql([]);
  });

  it("what fails by itself is still told: nobody else would hear of it", async () => {
    const fails = async (over: Promise<void>): Promise<Thing> => {
      await over;
      throw new Error("no route to host");
    };
    expect(await warnings(fails)).to.eql(["UNRECEIVED_ERROR"]);
  });
});
