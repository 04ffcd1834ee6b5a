import { scenarios } from "../../dist/test/support/spies.js";
import { looks, looksAtDefault } from "./looks.mjs";

/**
 * What a runner's own spies do on injected proxies, and how its matchers look at them.
 *
 * @param name - of the runner
 * @param runner - what it gives: `describe`, `it`, `expect`, and the object with `spyOn` and `fn` (`vi`, `jest`)
 */
export function testsOfSpies(name, { describe, it, expect, spies }) {
  const counted = (spy) => {
    // The runner forgets the calls when it takes a spy off.
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
    spy: (mailer) => counted(spies.spyOn(mailer, "send")),
    stub: (mailer) => counted(spies.spyOn(mailer, "send").mockResolvedValue("fake")),
  };

  describe(`spyOn of ${name} on an injected proxy`, () => {
    for (const scenario of scenarios) it(scenario.name, () => scenario.run(tool));
  });

  describe(`${name} looks at an injected proxy, in no context`, () => {
    for (const proxy of ["auto", "full"]) {
      for (const [what, look] of Object.entries(looks)) it(`${proxy}: ${what}`, () => look(expect, spies, { proxy }));
    }
    for (const [what, look] of Object.entries(looksAtDefault)) it(what, () => look(expect, spies));
  });
}
