import { describe, expect, it, jest } from "@jest/globals";

import { scenarios } from "../../dist/test/support/spies.js";
import { looks, looksAtDefault } from "./looks.mjs";

const counted = (spy) => {
  // Jest forgets the calls when it takes a spy off.
  let calls;
  return {
    count: () => calls ?? spy.mock.calls.length,
    off() {
      calls = spy.mock.calls.length;
      spy.mockRestore();
    },
  };
};

const tool = {
  spy: (mailer) => counted(jest.spyOn(mailer, "send")),
  stub: (mailer) => counted(jest.spyOn(mailer, "send").mockResolvedValue("fake")),
};

describe("jest.spyOn on an injected proxy", () => {
  for (const { name, run } of scenarios) it(name, () => run(tool));
});

describe("jest looks at an injected proxy, in no context", () => {
  for (const proxy of ["auto", "full"]) {
    for (const [name, look] of Object.entries(looks)) it(`${proxy}: ${name}`, () => look(expect, jest, { proxy }));
  }
  for (const [name, look] of Object.entries(looksAtDefault)) it(name, () => look(expect, jest));
});
