import { expect } from "chai";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../../..");
const map = readFileSync(join(root, "ARCHITECTURE.md"), "utf8");
/** What stands in backquotes and looks like a path of the sources. */
const named = new Set([...map.matchAll(/`((?:src|decorators)[\w./-]*)`/g)].map(([, path]) => path!));

function foldersIn(folder: string): string[] {
  const inner = readdirSync(join(root, folder), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [folder, ...inner.flatMap(({ name }) => foldersIn(`${folder}/${name}`))];
}

describe("ARCHITECTURE.md", () => {
  it("names only what exists", () => {
    expect(named.size).to.be.greaterThan(40);
    expect([...named].filter((path) => !existsSync(join(root, path)))).to.eql([]);
  });

  it("names every folder of the sources", () => {
    const folders = [...foldersIn("src"), ...foldersIn("decorators")].filter((folder) => folder !== "src");
    expect(folders.filter((folder) => !named.has(folder))).to.eql([]);
  });
});
