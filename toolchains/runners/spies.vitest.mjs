import { describe, expect, it, vi } from "vitest";

import { scenarios } from "../../dist/test/support/spies.js";
import { looks, looksAtDefault } from "./looks.mjs";

const counted = (spy) => {
  // vitest forgets the calls when it takes a spy off.
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
  spy: (mailer) => counted(vi.spyOn(mailer, "send")),
  stub: (mailer) => counted(vi.spyOn(mailer, "send").mockResolvedValue("fake")),
};

describe("vi.spyOn on an injected proxy", () => {
  for (const { name, run } of scenarios) it(name, () => run(tool));
});

describe("vitest looks at an injected proxy, in no context", () => {
  for (const proxy of ["auto", "full"]) {
    for (const [name, look] of Object.entries(looks)) it(`${proxy}: ${name}`, () => look(expect, vi, { proxy }));
  }
  for (const [name, look] of Object.entries(looksAtDefault)) it(name, () => look(expect, vi));
});
