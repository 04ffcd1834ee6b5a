import { expect } from "chai";
import { pooledScope, runInContext, scopedProxy, setFactory, setInstance } from "inversify-scopes";

class Setup {
  /** Configures the very service whose method it is. */
  configure(): readonly string[] {
    setFactory(setup, () => new Setup(), pooledScope(1));
    return ["configured"];
  }
}
const setup = scopedProxy<Setup>("setup", { shape: Setup });

describe("a method that puts another scope in the place of its own service's", () => {
  it("returns what it returns, in and outside of a context", async () => {
    setInstance(setup, new Setup());
    expect(setup.configure()).to.eql(["configured"]);
    setInstance(setup, new Setup());
    expect(await runInContext(() => setup.configure())).to.eql(["configured"]);
    expect(await runInContext(() => setup.configure()), "from a pool to a pool").to.eql(["configured"]);
  });
});
