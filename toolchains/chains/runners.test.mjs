/** The program as a test of vitest and jest, each with the compilers that people use there. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { assertTold, bin, project, run, setting } from "./support.mjs";

/** What the program tells is looked at here, since the runners print it in many ways. */
const test = (from) => `import { test } from "${from}";
import { writeFileSync } from "node:fs";
import { main } from "./app";
test("the program", async () => writeFileSync("told.json", JSON.stringify(await main())));
`;
// Jest reads source maps so that functions in stacks may have other names; the place is the right one.
const assertItTold = (cwd) =>
  assertTold(readFileSync(join(cwd, "told.json"), "utf8"), { stack: /holdsTheConnection|app\.ts:\d+/ });

describe("vitest", () => {
  for (const [compiler, config] of [
    ["oxc, which reads tsconfig.json", "export default {};"],
    ["SWC", setting("vitest.config.mjs")],
  ]) {
    it(`with ${compiler}`, () => {
      const cwd = project({ files: { "app.test.ts": test("vitest"), "vitest.config.mjs": config } });
      run([bin("vitest", "vitest.mjs"), "run"], { cwd });
      assertItTold(cwd);
    });
  }
});

describe("jest", () => {
  const config = JSON.parse(setting("jest.config.json"));
  const tsJest = { diagnostics: { exclude: ["**/*.js"] } };
  const jest = (cwd, ...flags) => {
    run([...flags, bin("jest", "bin", "jest.js"), "--ci", "--no-cache"], { cwd });
    assertItTold(cwd);
  };
  const files = (settings, swcType) => ({
    "app.test.ts": test("@jest/globals"),
    "jest.config.json": JSON.stringify(settings),
    ".swcrc": JSON.stringify({ ...JSON.parse(setting(".swcrc")), module: { type: swcType } }),
  });
  const by = (compiler) => ({ [Object.keys(config.transform)[0]]: compiler });

  it("with @swc/jest, what is installed is compiled to CommonJS too", () => {
    jest(project({ type: "commonjs", files: files(config, "commonjs") }));
  });

  it("with ts-jest, what is installed is compiled to CommonJS too", () => {
    const compilerOptions = { module: "CommonJS", moduleResolution: "Bundler", allowJs: true, isolatedModules: true };
    const settings = { ...config, transform: by(["ts-jest", tsJest]) };
    jest(project({ type: "commonjs", compilerOptions, files: files(settings, "commonjs") }));
  });

  for (const { name, compiler } of [
    { name: "@swc/jest", compiler: "@swc/jest" },
    { name: "ts-jest", compiler: ["ts-jest", { ...tsJest, useESM: true }] },
  ]) {
    it(`with ${name}, as ES modules`, () => {
      const settings = { transform: by(compiler), extensionsToTreatAsEsm: [".ts"] };
      jest(project({ files: files(settings, "es6") }), "--experimental-vm-modules", "--no-warnings");
    });
  }
});
