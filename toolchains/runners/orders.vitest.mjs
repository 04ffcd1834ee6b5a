import { afterEach, describe, it, vi } from "vitest";
import { testsOfOrders } from "./orders.mjs";

const fn = (implementation) => {
  const send = vi.fn(implementation);
  return { send, calls: () => send.mock.calls };
};
testsOfOrders({ describe, it, afterEach, fn, timers: vi });
