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

  it("metrics loads neither prom-client nor OpenTelemetry: whoever calls it has the one or the other", () => {
    const packages = [...loads(join(dist, "src/metrics/index.js"))].filter((name) => !name.startsWith(dist));
    expect(packages.filter((name) => !/^(node:|inversify$|reflect-metadata$|@inversifyjs\/plugin$)/.test(name))).to.be
      .empty;
  });

  it("the main entry loads nothing but inversify's packages and reflect-metadata", () => {
    const packages = [...loads(join(dist, "src/index.js"))].filter((name) => !name.startsWith(dist));
    const known = /^(node:|inversify$|reflect-metadata$|@inversifyjs\/plugin$)/;
    expect(packages.filter((name) => !known.test(name))).to.be.empty;
  });

  describe("one file for each entry, and few that they share", () => {
    const { exports } = JSON.parse(readFileSync(join(dist, "../package.json"), "utf8")) as {
      exports: Record<string, string | Record<string, string>>;
    };
    const entries = Object.entries(exports).filter(([, entry]) => typeof entry === "object") as [
      string,
      Record<string, string>,
    ][];
    const bundled = (name: string): string[] => [
      ...loads(join(dist, "..", (exports[name] as Record<string, string>)["default"]!)),
    ];

    it("every entry is one of them", () => {
      for (const [name, entry] of entries) {
        expect(entry["default"], name).to.match(/^\.\/dist\/bundle\/\w+\.js$/);
        expect(entry["inversify-scopes-modules"], name).to.match(/^\.\/dist\/(src|decorators)\/.*\.js$/);
      }
    });

    it("an import loads three files, the pool's two", () => {
      const ours = (name: string): string[] => bundled(name).filter((file) => file.startsWith(dist));
      expect(ours(".")).to.have.length.of.at.most(3);
      expect(ours("./pool")).to.have.length.of.at.most(2);
    });

    it("they load the packages that the modules load, and show the same names", async () => {
      for (const [name, entry] of entries) {
        const packages = (file: string): string[] =>
          [...loads(join(dist, "..", file))].filter((loaded) => !loaded.startsWith(dist)).toSorted();
        const known = packages((exports["."] as Record<string, string>)["default"]!);
        const needed = packages(entry["inversify-scopes-modules"]!);
        expect([...known, ...needed], name).to.include.members(packages(entry["default"]!));
        const names = async (file: string): Promise<string[]> =>
          Object.keys((await import(pathToFileURL(join(dist, "..", file)).href)) as object).toSorted();
        expect(await names(entry["default"]!), name).to.eql(await names(entry["inversify-scopes-modules"]!));
      }
    });
  });
});
