import { readFileSync } from "node:fs";

import { expect } from "chai";

/** The rows of the first table that begins so; cells are padded by whoever formats the page. */
function table(file: string, head: string): string[][] {
  const text = readFileSync(new URL(`../../../${file}`, import.meta.url), "utf8").replaceAll(/^ \* /gm, "");
  const from = text.indexOf(head);
  expect(from, `${file} has the table`).to.be.greaterThan(-1);
  const [rows = ""] = text.slice(from).split(/\n(?!\|)/);
  return rows.split("\n").map((row) => row.split("|").map((cell) => cell.trim().replace(/^-+$/, "-")));
}

describe("the waiting rule", () => {
  it("is one table, in the docs and in the code that carries it out", () => {
    expect(table("src/proxy/wait.ts", "| the touch")).to.eql(table("docs/waiting.md", "| the touch"));
  });
});
