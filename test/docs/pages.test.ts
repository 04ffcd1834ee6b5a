import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

import { expect } from "chai";

import { brokenLinks, footerOf, pagesOf, withFooter } from "./pages.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const docs = join(root, "docs");
const read = (page: string): string => readFileSync(join(docs, page), "utf8");

/**
 * Every Markdown file of the repository that is written by hand. Hidden folders come and go while other processes run: tools put
 * what they make there.
 */
function markdownIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (/^(?:\..*|node_modules|dist|coverage|reports?)$/.test(entry.name)) return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return markdownIn(path);
    return entry.name.endsWith(".md") ? [path] : [];
  });
}

// To write the links at the end of the pages anew: UPDATE_DOCS=1 npx mocha dist/test/docs/pages.test.js
describe("pages of the docs", () => {
  const pages = pagesOf(read("guide.md"));

  it("the guide lists every page once (scenarios.md is for those who work on the library)", () => {
    const all = readdirSync(docs).filter(
      (name) => name.endsWith(".md") && !["guide.md", "scenarios.md"].includes(name),
    );
    expect(pages.map(({ file }) => file).sort()).to.eql(all.sort());
  });

  for (const [i, { file, title }] of pages.entries()) {
    it(`${file} has the title that the guide says, and leads to the page before it and after it`, () => {
      const text = read(file);
      const wanted = withFooter(text, footerOf(pages, i));
      if (process.env["UPDATE_DOCS"] === "1") writeFileSync(join(docs, file), wanted);
      else expect(text).to.equal(wanted);
      expect(text.split("\n", 1)[0]).to.equal(`# ${title}`);
    });
  }

  for (const file of markdownIn(root)) {
    it(`no link in ${relative(root, file)} is broken`, () => {
      expect(brokenLinks(file)).to.eql([]);
    });
  }

  it("a link to a file or a heading that is not there is found, code aside", () => {
    const folder = mkdtempSync(join(tmpdir(), "links-"));
    const file = join(folder, "a.md");
    writeFileSync(
      file,
      "# A `b`: c\n[1](#a-b-c) [2](#a) [3](a.md#a-b-c) [4](b.md) `[5](c.md)`\n```md\n[6](d.md)\n```\n",
    );
    expect(brokenLinks(file)).to.eql(["#a", "b.md"]);
    rmSync(folder, { recursive: true });
  });
});
