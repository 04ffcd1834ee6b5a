import { turn } from "./gate.js";
import { putOpenContextsAside } from "./own-contexts.js";

/** By promise: mocha, which does not mind them, hands on to us what we have been told already. */
const unhandled = new Map<Promise<unknown>, unknown>();
process.on("unhandledRejection", (reason, promise) => void unhandled.set(promise, reason));

/** A rejection that nobody handles fails the test in which it came up. */
export const mochaHooks = {
  beforeEach: putOpenContextsAside,
  async afterEach(): Promise<void> {
    await turn();
    const reasons = [...unhandled.values()];
    unhandled.clear();
    if (reasons.length > 0) throw new AggregateError(reasons, `unhandled: ${reasons.map(String).join("; ")}`);
  },
};
