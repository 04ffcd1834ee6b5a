import { afterEach, describe, it } from "mocha";
import sinon from "sinon";
import { testsOfOrders } from "./orders.mjs";

const fn = (implementation) => {
  const send = sinon.fake(implementation);
  return { send, calls: () => send.args };
};
testsOfOrders({ describe, it, afterEach, fn });
