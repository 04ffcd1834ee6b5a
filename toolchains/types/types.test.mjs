/**
 * The types on each supported compiler: programs that compile (`programs/accepted`) and programs that must not
 * (`programs/refused`), which say after `//!` what stands in the first line of the message about what is below, as far as to an
 * empty line or the next comment.
 *
 *   npm run test:types
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { compilers, costOf, errorsInDeclarations, errorsOf, folder, programs, versionOf } from "./compilers.mjs";

const accepted = programs("accepted");
const refused = programs("refused").flatMap(({ file, text }) => {
  const lines = text.split("\n");
  return lines.flatMap((line, i) => {
    const [, wanted] = /^\s*\/\/! (.*)$/.exec(line) ?? [];
    if (wanted === undefined) return [];
    const length = lines.slice(i + 1).findIndex((next) => next === "" || /^\s*\/\//.test(next));
    const program = lines.slice(i + 1, length < 0 ? undefined : i + 1 + length);
    // Lines are counted from 1.
    return [
      { file, wanted, from: i + 2, to: i + 1 + program.length, text: program.map((part) => part.trim()).join("") },
    ];
  });
});

/** Fifty repositories, bound with or without `defer`. */
function repositories(options) {
  const classes = Array.from({ length: 50 }, (_, i) => {
    const methods = ["find", "list", "insert", "update", "remove"].map(
      (name, j) =>
        `  ${name}${i}(id: number, more?: { readonly a${j}: string }): Promise<Row${i}> { return Promise.reject(new Error(String(id) + more?.a${j})); }`,
    );
    return `interface Row${i} { readonly id${i}: number; readonly name: string }
class Repository${i} {
${methods.join("\n")}
  count(): number { return ${i}; }
  query<T>(sql: string): Promise<T[]>;
  query<T>(sql: string, values: unknown[]): Promise<T[]>;
  query<T>(): Promise<T[]> { return Promise.resolve([]); }
}
container.bind(Repository${i}).toSelf().inPooledScope({ maxSize: 2${options(i)} });`;
  });
  return `import { ScopedContainer } from "inversify-scopes";\nconst container = new ScopedContainer();\n${classes.join("\n")}\n`;
}

for (const name of compilers) {
  describe(`TypeScript ${versionOf(name)}`, function () {
    this.timeout(300_000);
    let errors;
    before(() => (errors = errorsOf(name)));
    const within =
      ({ file, from, to }) =>
      (error) =>
        error.file === file && error.line >= from && error.line <= to;

    for (const { file } of accepted) {
      it(`compiles ${file}, with declarations`, () => expect(errors.filter((error) => error.file === file)).to.eql([]));
    }
    for (const program of refused) {
      it(`refuses ${program.text}`, () => {
        const messages = errors.filter(within(program)).map(({ message }) => message);
        for (const part of program.wanted.split(" … ")) expect(messages.join("\n")).to.include(part);
      });
    }
    it("finds no other mistakes", () => {
      expect(errors.filter((error) => !refused.some((program) => within(program)(error)))).to.eql([]);
    });
    it("checks 50 repositories with `defer` at no more than two and a quarter times the cost of those without", () => {
      const base = costOf(
        name,
        repositories(() => ""),
      );
      const deferring = costOf(
        name,
        repositories((i) => `, defer: ["find${i}", "query"]`),
      );
      // Both rules are held: which names may wait, and whether all of them may.
      expect(deferring / base).to.be.at.most(2.25);
    });
  });
}

describe("the package's own declarations, checked too", function () {
  this.timeout(300_000);
  for (const modules of ["../../node_modules", "node_modules"]) {
    const typeRoots = join(folder, modules, "@types");
    const { version } = JSON.parse(readFileSync(join(typeRoots, "node", "package.json"), "utf8"));
    it(`have no mistakes with @types/node ${version}`, () => expect(errorsInDeclarations(typeRoots)).to.eql([]));
  }
});
