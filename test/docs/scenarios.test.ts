import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { expect } from "chai";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** Numbers that the collection has given. */
const NUMBERS = [
  ...[1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 13, 14, 15, 17, 18, 19, 20, 21, 22, 25, 26, 27, 28, 29, 31, 32, 33, 35, 37, 38],
  ...[39, 40, 41, 42, 43, 44, 45, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 60, 62, 63, 64, 65, 66, 67, 68, 69, 70, 73],
  ...[74, 75],
];

describe("docs/scenarios.md", () => {
  const page = readFileSync(`${root}docs/scenarios.md`, "utf8");
  const rows = [...page.matchAll(/^\| (\d+) \| .* \| (.*) \|$/gm)].map(([, number, where]) => ({
    number: Number(number),
    files: [...where!.matchAll(/`(test\/[^`]+)`/g)].map(([, file]) => file!),
  }));

  it("has a row for each scenario", () => {
    expect(rows.map(({ number }) => number)).to.eql(NUMBERS);
  });

  for (const { number, files } of rows) {
    it(`scenario ${number} is tested where it says: a title there names it`, () => {
      expect(files).to.not.be.empty;
      const named = new RegExp(`\\bS${number}\\b|scenarios? (?:\\d+(?:,| and) )*${number}\\b`, "i");
      for (const file of files) expect(existsSync(root + file), file).to.equal(true);
      expect(
        files.some((file) => named.test(readFileSync(root + file, "utf8"))),
        `no title names scenario ${number}`,
      ).to.equal(true);
    });
  }
});
