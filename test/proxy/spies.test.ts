import { mock } from "node:test";
import sinon from "sinon";
import { scenarios, type Tool } from "../support/spies.js";

/** vitest and jest do the same in toolchains/runners. */
const tools: Readonly<Record<string, Tool>> = {
  "sinon.stub and sinon.spy": {
    stub(mailer) {
      const stub = sinon.stub(mailer, "send").resolves("fake");
      return { count: () => stub.callCount, off: () => stub.restore() };
    },
    spy(mailer) {
      const spy = sinon.spy(mailer, "send");
      return { count: () => spy.callCount, off: () => spy.restore() };
    },
  },
  "a sandbox of sinon: replace, callThrough": {
    stub(mailer) {
      const sandbox = sinon.createSandbox();
      const fake = sandbox.fake.resolves("fake");
      sandbox.replace(mailer, "send", fake);
      return { count: () => fake.callCount, off: () => sandbox.restore() };
    },
    spy(mailer) {
      const sandbox = sinon.createSandbox();
      const stub = sandbox.stub(mailer, "send").callThrough();
      return { count: () => stub.callCount, off: () => sandbox.restore() };
    },
  },
  "node:test": {
    stub(mailer) {
      const { mock: calls } = mock.method(mailer, "send", async () => "fake");
      return { count: () => calls.callCount(), off: () => calls.restore() };
    },
    spy(mailer) {
      const { mock: calls } = mock.method(mailer, "send");
      return { count: () => calls.callCount(), off: () => calls.restore() };
    },
  },
};

for (const [toolName, tool] of Object.entries(tools)) {
  describe(`spies on an injected proxy: ${toolName}`, () => {
    for (const { name, run } of scenarios) it(name, () => run(tool));
  });
}
