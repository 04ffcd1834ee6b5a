import { expect } from "chai";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../../..");
/** The catalogues of a folder; `INVALID_OPTION` of one option is made by `invalidOption`, where options are checked. */
const catalogues = /\/(errors|warnings|failures)\.ts$/;
const makesOne = /\bnew (Scope|Aggregate)Error\(|\bprocessWarning\(|\bemitWarning\(/;

describe("errors and warnings", () => {
  for (const folder of ["src/context", "src/pool", "src/scopes"]) {
    it(`of ${folder} are made in its catalogues only`, () => {
      const files = readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
        .map((name) => `${folder}/${name.replaceAll("\\", "/")}`)
        .filter((name) => name.endsWith(".ts"));
      const makers = files.filter((name) => makesOne.test(readFileSync(join(root, name), "utf8")));
      expect(makers).to.not.eql([]);
      expect(makers.filter((name) => !catalogues.test(name))).to.eql([]);
    });
  }
});
