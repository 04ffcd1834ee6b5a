import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect } from "chai";

import { provoked } from "./provoked-errors.js";
import { rejected } from "../support/errors.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const read = (file: string): string => readFileSync(join(root, file), "utf8");

/** The codes of other libraries, which ours looks for. */
const FOREIGN = new Set(["ABORT_ERR", "ER_LOCK_DEADLOCK", "SQLITE_BUSY"]);

/** What is quoted of a message: any figures, and anything where it says "…". */
function quoted(text: string): RegExp {
  const pattern = text
    .replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll(/\d+/g, String.raw`\d+`)
    .replaceAll(/ ?… ?/g, String.raw`[\s\S]*`);
  return new RegExp(`^${pattern}$`);
}

describe("docs/errors.md", () => {
  const page = read("docs/errors.md");
  const [, union = ""] = /export type ErrorCode =([^;]*);/.exec(read("src/base/errors.ts"))!;
  const codes = [...union.matchAll(/"(\w+)"/g)].map(([, code]) => code!);
  const chapters = new Map(
    [...page.matchAll(/^### `(\w+)`\n([\s\S]*?)(?=^##)/gm)].map(([, code, text]) => [code!, text!]),
  );

  it("has a chapter for every code, and the list at its head leads there", () => {
    expect([...chapters.keys()].filter((name) => name === name.toUpperCase()).sort()).to.eql([...codes].sort());
    for (const code of codes) expect(page).to.include(`[\`${code}\`](#${code.toLowerCase()})`);
  });

  for (const [code, provoke] of Object.entries(provoked)) {
    it(`shows the message of ${code} as it is`, async () => {
      const error = await rejected(code as keyof typeof provoked, (async () => provoke())());
      const [, quote = ""] = /^> (.*)$/m.exec(chapters.get(code)!)!;
      expect(error.message).to.match(quoted(quote));
    });
  }

  it("tells every warning", () => {
    const files = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" });
    const sources = files
      .filter((name) => name.endsWith(".ts"))
      .map((name) => read(join("src", name)).replaceAll(/\/\*[\s\S]*?\*\//g, ""));
    const named = sources.flatMap((text) => text.match(/(?<=")[A-Z]+(?:_[A-Z]+)+(?=")/g) ?? []);
    for (const code of new Set(named)) if (!FOREIGN.has(code)) expect(page).to.include(`\`${code}\``);
  });
});
