/** The compiled program, bundled by each bundler, and run where nothing is installed. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import commonjs from "@rollup/plugin-commonjs";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import { build } from "esbuild";
import { rolldown } from "rolldown";
import { rollup } from "rollup";
import webpack from "webpack";
import MinimizerPlugin from "minimizer-webpack-plugin";
import { assertTold, bin, compiled, folder, run } from "./support.mjs";

const entry = () => join(compiled(), "run.js");
const bundleOf = (format) => join(folder({ alone: true }), format === "esm" ? "bundle.mjs" : "bundle.cjs");
const flags = ["--enable-source-maps"];

const VARIANTS = [
  { what: "", options: {}, look: {} },
  { what: ", minified: classes have lost their names", options: { minify: true }, look: { isMinified: true } },
  { what: ", minified, with `keepNames`", options: { minify: true, keepNames: true }, look: {} },
];

describe("esbuild", () => {
  for (const format of ["esm", "cjs"]) {
    for (const { what, options, look } of VARIANTS) {
      it(`${format}${what}`, async () => {
        const outfile = bundleOf(format);
        const { warnings } = await build({
          entryPoints: [entry()],
          outfile,
          bundle: true,
          platform: "node",
          format,
          ...options,
        });
        assert.deepEqual(warnings, []);
        assertTold(run([outfile]), look);
      });
    }
  }
});

describe("rollup", () => {
  it("esm and cjs", async () => {
    const warnings = [];
    const bundle = await rollup({
      input: entry(),
      plugins: [nodeResolve({ exportConditions: ["node"] }), commonjs()],
      external: /^node:/,
      onLog: (_level, log) => warnings.push(`${log.id} ${log.message}`),
    });
    for (const format of ["esm", "cjs"]) {
      const file = bundleOf(format);
      await bundle.write({ file, format, inlineDynamicImports: true, sourcemap: true });
      assertTold(run([...flags, file]));
    }
    await bundle.close();
    assert.deepEqual(
      warnings.filter((text) => text.includes("inversify-scopes")),
      [],
    );
  });
});

describe("rolldown", () => {
  for (const format of ["esm", "cjs"]) {
    for (const { what, options, look } of VARIANTS) {
      it(`${format}${what}`, async () => {
        const file = bundleOf(format);
        const bundle = await rolldown({ input: entry(), platform: "node", logLevel: "silent" });
        await bundle.write({ file, format, codeSplitting: false, ...options });
        await bundle.close();
        assertTold(run([file]), look);
      });
    }
  }
});

describe("webpack", () => {
  const keep = {
    minimizer: [
      new MinimizerPlugin({
        minify: { implementation: MinimizerPlugin.terserMinify, options: { keep_classnames: true } },
      }),
    ],
  };
  for (const [what, mode, optimization, look] of [
    ["development", "development", {}, {}],
    ["production: classes have lost their names", "production", {}, { isMinified: true }],
    ["production, with terser's `keep_classnames`", "production", keep, { stack: /./ }],
  ]) {
    it(what, async () => {
      const path = folder({ alone: true });
      const output = { path, filename: "bundle.cjs" };
      const stats = await promisify(webpack)({
        mode,
        target: "node20",
        entry: entry(),
        output,
        devtool: false,
        optimization,
      });
      const { errors, warnings } = stats.toJson({ all: false, errors: true, warnings: true });
      assert.deepEqual(
        [...errors, ...warnings].map(({ message }) => message),
        [],
      );
      assertTold(run([join(path, "bundle.cjs")]), look);
    });
  }
});

describe("ncc", () => {
  const cli = bin("@vercel", "ncc", "dist", "ncc", "cli.js");
  for (const { option, look } of [
    { option: "--source-map", look: {} },
    { option: "--minify", look: { isMinified: true } },
  ]) {
    it(`called with ${option}`, () => {
      const out = folder({ alone: true });
      run([cli, "build", entry(), "--out", out, "--no-cache", option]);
      const file = ["index.mjs", "index.js"].map((name) => join(out, name)).find((path) => existsSync(path));
      assertTold(run([...(option === "--source-map" ? flags : []), file]), look);
    });
  }
});

describe("a bundle of inversify-scopes/pool alone", () => {
  it("has nothing of inversify, of reflect-metadata, or of the rest of the package", async () => {
    const contents = `import { Pool } from "inversify-scopes/pool"; new Pool({ create: () => ({}), maxSize: 1 });`;
    const { metafile } = await build({
      stdin: { contents, resolveDir: compiled() },
      bundle: true,
      platform: "node",
      write: false,
      metafile: true,
    });
    const inputs = Object.keys(metafile.inputs).filter((path) => path !== "<stdin>");
    assert(inputs.length > 0);
    assert.deepEqual(
      inputs.filter((path) => !path.includes("inversify-scopes/dist/bundle/")),
      [],
    );
  });
});
