import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect } from "chai";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const bundle = join(root, "dist", "bundle");

/** As a user's program, without the condition under which the tests load single modules. */
function printed(program: string, ...options: string[]): unknown {
  const args = [...options, "--input-type=module", "--eval", `import "reflect-metadata"; ${program}`];
  return JSON.parse(execFileSync(process.execPath, args, { cwd: root, encoding: "utf8", timeout: 20_000 }));
}

describe("the names of classes in the bundle", () => {
  const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { exports: object };
  for (const [path, entry] of Object.entries(exports)) {
    if (typeof entry === "string") continue;
    const name = join("inversify-scopes", path);
    it(`${name}: each exported class and function has the name under which it is exported`, () => {
      const found = printed(`
        const functions = Object.entries(await import("${name}")).filter(([, value]) => typeof value === "function");
        console.log(JSON.stringify(functions.map(([key, { name }]) => [key, name])));`) as [string, string][];
      expect(found).to.not.eql([]);
      for (const [key, itsName] of found) expect(itsName).to.equal(key);
    });
  }

  it("an error is printed by its name, and so is what its class is called", () => {
    const said = printed(`
      import { inspect } from "node:util";
      import { Pool } from "inversify-scopes/pool";
      const pool = new Pool({ create: () => ({}), maxSize: 1 });
      await pool.close();
      const error = await pool.acquire().catch((error) => error);
      console.log(JSON.stringify([inspect(error).split(":")[0], String(error).split(":")[0], error.constructor.name]));`);
    expect(said).to.eql(["ScopeError", "ScopeError", "ScopeError"]);
  });

  it("no other class is called otherwise than in the source: a class that names itself would be", () => {
    const renamed = readdirSync(bundle)
      .filter((file) => file.endsWith(".js"))
      .flatMap(
        (file) =>
          // Local ones, which are minified, are shorter.
          readFileSync(join(bundle, file), "utf8").match(/\bclass (?:_\w+|\w{4,}\d)\b/g) ?? [],
      );
    expect(renamed).to.eql([]);
  });

  const WRONG = `
    import { ScopedContainer } from "inversify-scopes";
    class Stuff {}
    const syntax = new ScopedContainer().bind(Stuff).toSelf();
    try {
      syntax.inPooledScope(-1);
    } catch ({ stack }) {
      console.log(JSON.stringify(stack));
    }`;

  it("classes, methods and functions have their names in a stack, though the bundle is minified", () => {
    expect(printed(WRONG)).to.match(/at ofService \(.*dist.bundle.*\n.*\n *at BindingBuilder\.toScope \(/);
  });

  it("source maps lead to the lines of the source", () => {
    const [, line] = /at ofService \(.*errors\.ts:(\d+):/.exec(String(printed(WRONG, "--enable-source-maps")))!;
    const source = readFileSync(join(root, "src", "container", "errors.ts"), "utf8").split("\n");
    expect(source[Number(line) - 1]).to.match(/^ *return new ScopeError\(/);
  });
});
