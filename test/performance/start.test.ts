import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import type { Start } from "./start.js";

function look(): Promise<Start> {
  const { NODE_V8_COVERAGE: _, NODE_OPTIONS: __, ...env } = process.env; // they change what is compiled
  const program = fileURLToPath(new URL("start.js", import.meta.url));
  return new Promise((resolve, reject) => {
    const child = fork(program, { execArgv: ["--expose-gc"], env, stdio: "pipe" });
    let errors = "";
    child.stderr!.on("data", (text: Buffer) => (errors += text.toString()));
    child.once("message", (start) => resolve(start as Start));
    child.once("exit", (code) => reject(new Error(`ended with ${code}: ${errors}`)));
  });
}

describe("from nothing to the first call, by what is made and not by a clock", () => {
  let start: Start;

  before(async function () {
    this.timeout(120_000);
    start = await look();
  });

  it("code is compiled for each form of a member that is met, not for each class or service", () => {
    const [first, ...later] = start.compiled;
    expect(first).to.be.within(1, 3);
    expect(new Set(later)).to.eql(new Set([0]));
  });

  it("a bound and called service takes some kilobytes, where a stock singleton takes four", () => {
    expect(start.bytes["shared"]).to.be.below(13_000);
    expect(start.bytes["per-async-context"]).to.be.below(13_000);
    // With its pool, and a lease that is out.
    expect(start.bytes["pooled"]).to.be.below(17_000);
  });

  it("a service that is only bound has no proxy yet", () => {
    expect(start.proxies).to.eql([0, 1]);
  });

  it("a context that has met one service has a table for one, of some thousand that are bound (law 16)", () => {
    expect(start.places).to.be.at.most(16);
  });
});
