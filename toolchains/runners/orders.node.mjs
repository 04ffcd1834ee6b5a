import { afterEach, describe, it, mock } from "node:test";
import { testsOfOrders } from "./orders.mjs";

const fn = (implementation) => {
  const send = mock.fn(implementation);
  return { send, calls: () => send.mock.calls.map((call) => call.arguments) };
};
testsOfOrders({ describe, it, afterEach, fn });
