import { expect } from "chai";
import { runProgram } from "../support/child.js";

const start = `import { runInContext, scopedProxy, setFactory } from "inversify-scopes";
  class User { hello() { return 1; } async later() { return 2; } }
  const user = scopedProxy("user", { shape: User });`;

describe("what keeps the process alive (law 12)", () => {
  it("nothing, once contexts are over, or never over (law 12)", async () => {
    const printed = await runProgram(`${start}
      setFactory(user, () => new User(), "per-async-context");
      await runInContext({ graceMs: 600_000 }, () => user.later());
      void runInContext(() => { user.hello(); return new Promise(() => {}); });
      process.on("exit", () => console.log("exit"));`);
    expect(printed).to.equal("exit");
  });

  it("the end that waits for running calls does, as long as it waits (law 12)", async () => {
    const printed = await runProgram(
      `${start}
      User.prototype.later = () => new Promise(() => {});
      setFactory(user, () => new User(), "per-async-context");
      runInContext({ graceMs: 20 }, () => void user.later()).then(() => console.log("over"));`,
      "--no-warnings",
    );
    expect(printed).to.equal("over");
  });
});
