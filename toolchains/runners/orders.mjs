import assert from "node:assert/strict";
import "reflect-metadata";
import { lease, perAsyncContextScope, runInContext, ScopedContainer } from "../../dist/src/index.js";
import { expectNoLeases, expectNoSwaps, swapInstance, swapScope } from "../../dist/src/testing/index.js";
import { Mailer } from "../../dist/test/support/spies.js";

/**
 * The tests of a small application, as its team writes them: fakes and scopes are swapped, and after each test nothing may be left.
 *
 * @param runner - what the runner gives: `describe`, `it`, `afterEach`, `fn(implementation)` with `calls()` on it, and fake timers that make `performance`
 *   fake, too, if it has them
 */
export function testsOfOrders({ describe, it, afterEach, fn, timers }) {
  describe("orders", () => {
    const container = new ScopedContainer();
    container.bind(Mailer).toSelf().inPooledScope(1);
    const mailer = container.get(Mailer);
    const placeOrder = () => runInContext(() => mailer.send("ann"));

    afterEach(() => {
      expectNoSwaps(container);
      expectNoLeases(container);
    });

    it("send a mail", async () => {
      assert.match(await placeOrder(), /^mail \d+ to ann$/);
    });

    it("send it by a fake, until that is swapped back", async () => {
      const { send, calls } = fn(async () => "fake");
      const swap = swapInstance(container, Mailer, { send });
      assert.equal(await placeOrder(), "fake");
      assert.equal(JSON.stringify(calls()), `[["ann"]]`);
      await swap.undo();
      assert.match(await placeOrder(), /^mail/);
      assert.equal(calls().length, 1);
    });

    it("have a mailer of their own in another scope", async () => {
      const swap = swapScope(container, Mailer, perAsyncContextScope());
      assert.deepEqual([await placeOrder(), await placeOrder()], ["mail 1 to ann", "mail 1 to ann"]);
      await swap[Symbol.asyncDispose]();
    });

    it("are told of a lease that is left", async () => {
      const held = await lease(mailer);
      assert.throws(() => expectNoLeases(container), { code: "LEASES_LEFT" });
      await held.release();
    });

    if (timers === undefined) return;
    it("are told in time that no mailer is free, by the clock of the test", async () => {
      timers.useFakeTimers();
      try {
        const held = await lease(mailer);
        const late = assert.rejects(lease(mailer, { timeoutMs: 60_000 }), { code: "POOL_TIMEOUT" });
        await timers.advanceTimersByTimeAsync(60_000);
        await late;
        await held.release();
      } finally {
        timers.useRealTimers();
      }
    });
  });
}
