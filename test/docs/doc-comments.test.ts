import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { channel } from "node:diagnostics_channel";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

import { expect } from "chai";
import { runInContext } from "inversify-scopes";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** Beside the prelude, which the examples import. */
const docs = join(root, "dist", "test", "docs");

interface Example {
  readonly name: string;
  readonly file: string;
  readonly code: string;
}

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join(folder, name));
}

/** The ```ts blocks in the doc comments of a file. */
function examplesOf(file: string): Example[] {
  const comments = readFileSync(join(root, file), "utf8").match(/\/\*\*[\s\S]*?\*\//g) ?? [];
  return comments
    .flatMap((comment) => [...comment.replaceAll(/^\s*\* ?/gm, "").matchAll(/```ts\n([\s\S]*?)```/g)])
    .map(([, code], i) => ({ name: `${file.replaceAll(/\W+/g, "-")}-${i + 1}`, file, code: code! }));
}

/** A module that runs the example, with an import of each name that it uses and does not declare. */
function moduleOf({ code }: Example, exported: ReadonlyMap<string, string>): string {
  const isDeclared = (name: string): boolean => new RegExp(`\\b(?:const|let|class|function)\\s+${name}\\b`).test(code);
  const isUsed = (name: string): boolean => new RegExp(`(?<![.\\w"'])${name}\\b`).test(code);
  const imports = [...exported]
    .filter(([name]) => isUsed(name) && !isDeclared(name))
    .map(([name, entry]) => `import { ${name} } from ${JSON.stringify(entry)};`);
  const own = code.match(/^import .*$/gm) ?? [];
  const body = code.replaceAll(/^import .*$/gm, "").replaceAll(/^export /gm, "");
  return [`import "reflect-metadata";`, ...imports, ...own, `export async function example() {\n${body}\n}`].join("\n");
}

/** Every name that the entry points and the prelude export, types too. */
function exportedNames(): Map<string, string> {
  const names = new Map<string, string>();
  const declarations: [string, string][] = [
    ["inversify", join(root, "node_modules", "inversify", "lib", "index.d.ts")],
    ["inversify-scopes/testing", join(root, "dist", "src", "testing", "index.d.ts")],
    ["inversify-scopes/dashboard", join(root, "dist", "src", "dashboard", "index.d.ts")],
    ["inversify-scopes/metrics", join(root, "dist", "src", "metrics", "index.d.ts")],
    ["inversify-scopes/http", join(root, "dist", "src", "http", "index.d.ts")],
    ["inversify-scopes/pool", join(root, "dist", "src", "pool", "index.d.ts")],
    ["inversify-scopes/transactions", join(root, "dist", "src", "transactions", "index.d.ts")],
    ["inversify-scopes", join(root, "dist", "src", "index.d.ts")],
  ];
  for (const [entry, file] of declarations) {
    for (const [, list] of readFileSync(file, "utf8").matchAll(/export (?:type )?\{([^}]*)\}/g)) {
      for (const name of list!.split(",")) names.set(name.replace(/\btype\b/, "").trim(), entry);
    }
  }
  const prelude = readFileSync(join(root, "test", "docs", "prelude.ts"), "utf8");
  for (const [, name] of prelude.matchAll(/^export (?:const|class) (\w+)/gm)) names.set(name!, "../../prelude.js");
  names.delete("");
  return names;
}

describe("examples in doc comments", () => {
  const examples = [...sources("src"), ...sources("decorators")].flatMap(examplesOf);
  let folder: string;

  before(function () {
    this.timeout(60_000);
    folder = mkdtempSync(join(docs, "examples-")); // two versions of Node run this at a time
    mkdirSync(join(folder, "src"), { recursive: true });
    const exported = exportedNames();
    for (const example of examples)
      writeFileSync(join(folder, "src", `${example.name}.ts`), moduleOf(example, exported));
    const config = {
      extends: join(root, "tsconfig.json"),
      compilerOptions: {
        rootDir: join(folder, "src"),
        outDir: join(folder, "out"),
        declaration: false,
        declarationMap: false,
        verbatimModuleSyntax: false,
        noUnusedLocals: false,
        noUnusedParameters: false,
      },
      include: ["src"],
      exclude: [],
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
    const tsc = createRequire(import.meta.url).resolve("typescript/package.json");
    const compiler = join(tsc, "..", "bin", "tsc");
    try {
      execFileSync(process.execPath, [compiler, "-p", folder], { encoding: "utf8", stdio: "pipe" });
    } catch (error) {
      throw new Error((error as { stdout: string }).stdout, { cause: error });
    }
  });

  after(() => rmSync(folder, { recursive: true }));

  it("are there", () => {
    expect(examples.length).to.be.greaterThan(20);
  });

  for (const { name, file } of examples) {
    it(`${file}: ${name}`, async () => {
      const { example } = (await import(pathToFileURL(join(folder, "out", `${name}.js`)).href)) as {
        example: () => Promise<void>;
      };
      await runInContext(() => example());
    });
  }

  it("leave no listener behind", () => {
    for (const { name, hasSubscribers } of ["acquire", "release", "create", "destroy"].map((event) =>
      channel(`inversify-scopes:pool:${event}`),
    )) {
      expect(hasSubscribers, String(name)).to.equal(false);
    }
  });
});
