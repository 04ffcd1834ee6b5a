/** The program compiled by each compiler, and run by Node. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { transformSync } from "esbuild";
import { assertTold, bin, bySwc, project, run, source, tsc } from "./support.mjs";

const TYPESCRIPTS = ["typescript-5.9", "typescript", "typescript-7"];
const versionOf = (name) => JSON.parse(readFileSync(bin(name, "package.json"), "utf8")).version;

for (const name of TYPESCRIPTS) {
  describe(`tsc ${versionOf(name)}, with the package's declarations checked too`, () => {
    for (const [type, kind] of Object.entries({
      module: "an ES module",
      commonjs: "CommonJS, which takes the package by require(),",
    })) {
      it(`makes ${kind} that runs`, () => {
        const out = tsc(name, project({ type }), "--skipLibCheck", "false");
        assert.equal(/\brequire\(/.test(readFileSync(join(out, "app.js"), "utf8")), type === "commonjs");
        writeFileSync(join(out, "package.json"), JSON.stringify({ type }));
        assertTold(run([join(out, "run.js")]));
      });
    }
  });
}

describe("SWC", () => {
  for (const [type, kind] of [
    ["es6", "an ES module"],
    ["commonjs", "CommonJS"],
  ]) {
    it(`makes ${kind} that runs`, () => {
      const cwd = project({ type: type === "es6" ? "module" : "commonjs" });
      bySwc(cwd, { type });
      assertTold(run([join(cwd, "run.js")]));
    });
  }
});

describe("what says all by itself needs no compiler that writes types down", () => {
  it("tsx", () => {
    assertTold(run([bin("tsx", "dist", "cli.mjs"), "run.ts"], { cwd: project({ isExplicit: true }) }));
  });

  it("esbuild, file by file", () => {
    const cwd = project();
    const tsconfigRaw = { compilerOptions: { experimentalDecorators: true } };
    const { code } = transformSync(source({ isExplicit: true }), { loader: "ts", target: "node20", tsconfigRaw });
    writeFileSync(join(cwd, "app.js"), code);
    writeFileSync(join(cwd, "run.js"), readFileSync(join(cwd, "run.ts"), "utf8"));
    assertTold(run([join(cwd, "run.js")]));
  });
});
