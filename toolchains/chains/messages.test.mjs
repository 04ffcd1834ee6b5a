/** What is said where something is missing: each row of docs/toolchains.md, in the words of the tool or of ours. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { bin, bySwc, docs, project, run, setting, tsc } from "./support.mjs";

const compiler = "typescript-7";
const failsToRun = (cwd) => run([join(cwd, "run.js")], { fails: true });
/** What the compiled program says when it fails. */
const compiledFails = (options) => failsToRun(tsc(compiler, project(options)));
/** What the compiler says. */
const refused = (options, name = compiler) => {
  return run([bin(name, "bin", "tsc"), "-p", project(options), "--noEmit"], { fails: true });
};
const program = (...lines) => ["export async function main(): Promise<void> {", ...lines, "}"].join("\n");
const app = (...lines) => ({ files: { "app.ts": lines.join("\n") } });
const bySwcFails = (jsc) => {
  const cwd = project();
  bySwc(cwd, { jsc });
  return failsToRun(cwd);
};

const IMPORTS = `import "reflect-metadata";
import { injectable } from "inversify";
import { runInContext, ScopedContainer, shared } from "inversify-scopes";`;
const HOLDS = `@shared() class Holds { constructor(readonly dep: Dep) {} }
${program("new ScopedContainer().bind(Holds).toSelf();")}`;
const CALLS = `class Db { async query(): Promise<string> { return "rows"; } }
${program(
  "const container = new ScopedContainer();",
  "container.bind(Db).toDynamicValue(async () => new Db()).inPerAsyncContextScope();",
  "await runInContext(() => container.get(Db).query());",
)}`;
const without = { compilerOptions: { emitDecoratorMetadata: false } };

/** By the first cell of its row. */
const rows = {
  "`emitDecoratorMetadata`: a class of ours": () =>
    compiledFails({ ...without, ...app(IMPORTS, "@shared() class Dep {}", HOLDS) }),
  "`emitDecoratorMetadata`: a provider method": () => compiledFails(without),
  "`emitDecoratorMetadata`: a class of inversify's": () =>
    compiledFails({
      ...without,
      ...app(
        IMPORTS,
        "@injectable() class Orders { constructor(readonly dep: Date) {} }",
        program("new ScopedContainer().bind(Orders).toSelf();"),
      ),
    }),
  "`decoratorMetadata` of SWC": () => bySwcFails({ transform: { legacyDecorator: true } }),
  "a class: the parameter's type is an interface": () => compiledFails(app(IMPORTS, "interface Dep {}", HOLDS)),
  "a class: it came by `import type`": () =>
    compiledFails(app(IMPORTS, `import type { URL as Dep } from "node:url";`, HOLDS)),
  "`experimentalDecorators` of tsc": () => refused({ compilerOptions: { ...NONE } }),
  "`experimentalDecorators` of tsx and esbuild": () => {
    const tsx = (more) => {
      const cwd = project({ compilerOptions: NONE, isExplicit: true, ...more });
      return run([bin("tsx", "dist", "cli.mjs"), "run.ts"], { cwd, fails: true });
    };
    return tsx() + tsx(app(IMPORTS, "@shared() class Settings {}", program()));
  },
  "a file's place in `include` of tsconfig.json, as of tests beside `src`": () => {
    const tsconfig = { compilerOptions: JSON.parse(setting("tsconfig.json")).compilerOptions, include: ["src"] };
    const cwd = project({ isExplicit: true, files: { "tsconfig.json": JSON.stringify(tsconfig) } });
    return run([bin("tsx", "dist", "cli.mjs"), "run.ts"], { cwd, fails: true });
  },
  "a compiler: Node strips the types": () => {
    const cwd = project(app(IMPORTS, "@shared() class Settings {}", program()));
    const plain = run(["app.ts"], { cwd, fails: true });
    writeFileSync(join(cwd, "app.ts"), "class Holds { constructor(readonly dep: Date) {} }");
    return plain + run(["app.ts"], { cwd, fails: true });
  },
  "a target from ES2017 on: `verify`": () => bySwcFails({ target: "es2016" }),
  "a target from ES2017 on: a call": () =>
    compiledFails({ compilerOptions: { target: "ES2016" }, ...app(IMPORTS, CALLS) }),
  '`"module": "nodenext"` in CommonJS': () =>
    refused({ type: "commonjs", compilerOptions: { module: "node16", skipLibCheck: true } }),
  '`"moduleResolution": "nodenext"` or `"bundler"`': () =>
    refused(
      { compilerOptions: { module: "CommonJS", moduleResolution: "node10", skipLibCheck: true } },
      "typescript-5.9",
    ),
  "`@types/node` in `types`": () => refused({ compilerOptions: { types: [] } }),
  "`transformIgnorePatterns: []` of jest": () => {
    const { transformIgnorePatterns: _, ...config } = JSON.parse(setting("jest.config.json"));
    const test = `import { test } from "@jest/globals";\nimport { main } from "./app";\ntest("it", () => main());`;
    const swcrc = JSON.stringify({ ...JSON.parse(setting(".swcrc")), module: { type: "commonjs" } });
    const files = { "app.test.ts": test, "jest.config.json": JSON.stringify(config), ".swcrc": swcrc };
    return run([bin("jest", "bin", "jest.js"), "--ci"], { cwd: project({ type: "commonjs", files }), fails: true });
  },
  "the plugin": () => {
    const said = "new Container().bind(Date).toDynamicValue(() => new Date()).inPooledScope(1);";
    return compiledFails(app(IMPORTS, `import { Container } from "inversify";`, program(said)));
  },
  "`shape: Function` for what is called itself": () => {
    const bound = (use) =>
      app(
        IMPORTS,
        program(
          "const container = new ScopedContainer();",
          `container.bind<() => string>("knex").toDynamicValue(() => () => "rows").inSharedScope();`,
          `const knex = container.get<() => string>("knex");`,
          use,
        ),
      );
    return compiledFails(bound("knex();")) + compiledFails(bound("knex.toString();"));
  },
};
const NONE = { experimentalDecorators: false, emitDecoratorMetadata: false };

/** Nodes before 22.18 do not strip types. */
const SKIPPED = { "a compiler: Node strips the types": !process.features.typescript };

/** The parts of a message in the docs' second column; the docs' own words stand between them. */
const partsOf = (cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, text]) => text.replaceAll('"', "`"));
const plain = (text) => text.replaceAll('"', "`");

describe("what docs/toolchains.md says is said if something is missing", () => {
  const [, table] = /## If something is missing\n(.*?)\n## /s.exec(docs);
  const said = new Map([...table.matchAll(/^\| (.+?) \| (.+) \|$/gm)].slice(2).map(([, what, cell]) => [what, cell]));

  it("each row is tried", () => assert.deepEqual([...said.keys()], Object.keys(rows)));

  for (const [what, cell] of said) {
    (SKIPPED[what] ? it.skip : it)(what, () => {
      const output = plain(rows[what]());
      const [words] = cell.split("; with `skipLibCheck`")[0].split(": say `");
      for (const part of partsOf(words)) assert(output.includes(part), `no ${part} in\n${output}`);
    });
  }
});
