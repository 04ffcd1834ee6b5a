import { expect } from "chai";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const dist = fileURLToPath(new URL("../..", import.meta.url));
const filesIn = (folder: string): string[] =>
  readdirSync(join(dist, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".js"))
    .map((name) => join(dist, folder, name));

/** What a compiled file loads, directly or not: packages by name, files by path. */
function loads(file: string, seen = new Set<string>()): Set<string> {
  seen.add(file);
  for (const [, specifier = ""] of readFileSync(file, "utf8").matchAll(/(?:from|import)\s*\(?"([^"]+)"/g)) {
    const target = specifier.startsWith(".") ? join(dirname(file), specifier) : specifier;
    if (target === specifier) seen.add(target);
    else if (!seen.has(target)) loads(target, seen);
  }
  return seen;
}

describe("The files of the package", () => {
  // Coverage counts the files that were loaded: this makes it all of them, those that no test touches too.
  it("can be loaded, each of them", async () => {
    for (const file of [...filesIn("src"), ...filesIn("decorators")]) await import(pathToFileURL(file).href);
  });

  it("the pool needs nothing but Node itself", () => {
    const packages = [...loads(join(dist, "src/pool/index.js"))].filter((name) => !name.startsWith(dist));
    expect(packages.filter((name) => !name.startsWith("node:"))).to.be.empty;
  });

  it("the main entry loads nothing but inversify's packages and reflect-metadata", () => {
    const packages = [...loads(join(dist, "src/index.js"))].filter((name) => !name.startsWith(dist));
    const known = /^(node:|inversify$|reflect-metadata$|@inversifyjs\/plugin$)/;
    expect(packages.filter((name) => !known.test(name))).to.be.empty;
  });
});
