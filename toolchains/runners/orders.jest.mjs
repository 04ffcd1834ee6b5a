import { afterEach, describe, it, jest } from "@jest/globals";
import { testsOfOrders } from "./orders.mjs";

const fn = (implementation) => {
  const send = jest.fn(implementation);
  return { send, calls: () => send.mock.calls };
};
testsOfOrders({ describe, it, afterEach, fn, timers: jest });
