import { expect } from "chai";
import { ScopeError } from "inversify-scopes";

describe("a class of one's own that extends ScopeError", () => {
  class AppError extends ScopeError {}

  it("has only its own instances, which are ScopeErrors too", () => {
    const own = new AppError("INVALID_OPTION", "ours");
    const plain = new ScopeError("INVALID_OPTION", "the library's");
    expect(own).to.be.instanceOf(AppError).and.instanceOf(ScopeError);
    expect(plain).to.not.be.instanceOf(AppError);
  });
});
