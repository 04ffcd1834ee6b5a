/** The packed package as pnpm installs it, and the switches with which Node is started. (npm is tried by scripts/smoke.mjs.) */
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { assertTold, bin, compiled, folder, run, tarball } from "./support.mjs";

describe("the packed tarball, installed by pnpm in an empty folder", () => {
  let cwd;
  before(function () {
    cwd = folder({ alone: true });
    const dependencies = { "inversify-scopes": `file:${tarball()}`, inversify: "^8.0.0", "reflect-metadata": "~0.2.2" };
    writeFileSync(join(cwd, "package.json"), JSON.stringify({ private: true, type: "module", dependencies }));
    run([bin("pnpm", "bin", "pnpm.cjs"), "install", "--silent"], { cwd });
    cpSync(compiled(), join(cwd, "out"), { recursive: true });
  });

  it("the program runs", () => assertTold(run([join(cwd, "out", "run.js")])));

  it("CommonJS requires it", () => {
    const program = `require("./out/app.js").main().then((told) => console.log(JSON.stringify(told)));`;
    writeFileSync(join(cwd, "run.cjs"), program);
    assertTold(run(["--no-warnings", join(cwd, "run.cjs")]));
  });

  it("Node's permissions: it reads its own files, and nothing else is asked for", () => {
    // It was called so at first.
    const flags = ["--permission", "--experimental-permission"];
    const flag = flags.find((each) => process.allowedNodeEnvironmentFlags.has(each));
    assertTold(run([flag, "--no-warnings", `--allow-fs-read=${cwd}`, join(cwd, "out", "run.js")]));
  });

  it("without code that is made from strings", () => {
    assertTold(run(["--disallow-code-generation-from-strings", join(cwd, "out", "run.js")]));
  });
});
