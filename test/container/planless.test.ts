import { expect } from "chai";

import { whatUnnotedMeans } from "../../src/container/planless.js";

describe("a class of which inversify has noted nothing", () => {
  it("has no decorators, if inversify notes where we look", () => {
    expect([...whatUnnotedMeans()!]).to.eql([]);
  });

  it("is left to inversify, if it notes elsewhere", () => {
    expect(whatUnnotedMeans("nothing is noted under this key")).to.equal(undefined);
  });
});
