import { expect } from "chai";
import { scopedProxy } from "inversify-scopes";
import { targetOf, targetOfInstance } from "../../src/proxy/registry.js";
import { kinds } from "./kinds.js";

describe("the mark by which an instance is told from another service's proxy", () => {
  for (const [name, { make, shape }] of Object.entries(kinds)) {
    for (const proxy of ["auto", "full"] as const) {
      it(`is on every proxy (${name}, ${proxy}), and on no instance`, () => {
        const subject = scopedProxy<object>("subject", { shape, proxy });
        expect(targetOf(subject)).to.not.equal(undefined);
        expect(targetOfInstance(subject)).to.equal(targetOf(subject));
        expect(targetOfInstance(make() as object)).to.equal(undefined);
      });
    }
  }

  it("what only derives from a proxy is none", () => {
    const subject = scopedProxy<object>("subject", { shape: class Subject {} });
    expect(targetOfInstance(Object.create(subject) as object)).to.equal(undefined);
  });
});
