import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { expect } from "chai";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const read = (file: string): string => readFileSync(root + file, "utf8");

/** What the Python module calls them. */
const PYTHON: Readonly<Record<string, string>> = {
  create: "fun",
  maxSize: "max_size",
  minSize: "min_size",
  acquireTimeoutMs: "timeout",
  maxUses: "max_use",
  idleTimeoutMs: "max_avail_delay",
  leaseWarnMs: "max_using_delay",
  maxLeaseMs: "max_using_delay_kill",
  healthCheck: "health",
  healthCheckIntervalMs: "health_freq",
  onCreate: "opener",
  onAcquire: "getter",
  onRelease: "retter",
  destroy: "closer",
  describe: "tracer`, `stats",
  logger: "log_level",
};

/** The text of a doc comment in one line, with its `@param`s as sentences. */
function textOf(comment: string): string {
  const lines = comment.replaceAll(/^\s*\* ?/gm, "").split(/^@param /m);
  const [text = "", ...params] = lines.map((part) => part.replaceAll(/\s+/g, " ").trim());
  const sentences = params.map((param) => param.replace(/^(\w+) - (.*)$/, "`$1`: $2."));
  return [text, ...sentences].join(" ").replaceAll(/\{@link (\w+)\}/g, "`$1`");
}

interface Option {
  readonly name: string;
  readonly default: string;
  readonly meaning: string;
}

/** The members of an interface, as their doc comments tell them; what is inside of a member is no member. */
function optionsOf(file: string, type: string): Option[] {
  const code = read(file);
  const begin = code.search(new RegExp(`^export interface ${type}\\b`, "m"));
  const body = code.slice(begin, code.indexOf("\n}", begin));
  const members = body.matchAll(/^ {2}\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n {2}(?:readonly )?(\w+)(\?)?:/gm);
  return [...members].map(([, comment = "", name = "", optional]) => {
    const [, meaning = "", said] = /^(.*?)(?: Default:? ((?:[^.]|\.\S)*)\.?)?$/.exec(textOf(comment))!;
    return {
      name,
      default: optional === undefined ? "required" : (said ?? "–"),
      meaning: meaning.replaceAll("|", "\\|"),
    };
  });
}

function optionTable(file: string, type: string): string {
  const python = type === "PoolOptions";
  const rows = optionsOf(file, type).map((option) => {
    const their = PYTHON[option.name];
    const middle = python ? [their === undefined ? "" : `\`${their}\``] : [];
    return [`\`${option.name}\``, ...middle, option.default, option.meaning];
  });
  const head = ["option", ...(python ? ["Python's name"] : []), "default", "meaning"];
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |\n`).join("");
}

function reasonTable(): string {
  const [table = ""] = /^ \* \| reason [\s\S]*?\| *\n \*\//m.exec(read("src/pool/slot.ts"))!;
  return table
    .replaceAll(/^ \* /gm, "")
    .replaceAll(/^ \*\/$/gm, "")
    .replace("|---|---|", "| --- | --- |");
}

/** The page with the tables as they are to be. */
function withTables(page: string): string {
  return page
    .replaceAll(
      /^(<!-- options: (\w+) of (\S+); .* -->\n)[\s\S]*?^(?=<!-- \/options -->)/gm,
      (_, marker: string, type: string, file: string) => marker + optionTable(file, type),
    )
    .replaceAll(
      /^(<!-- reasons: .* -->\n)[\s\S]*?^(?=<!-- \/reasons -->)/gm,
      (_, marker: string) => marker + reasonTable(),
    );
}

// To write them anew: UPDATE_DOCS=1 npx mocha dist/test/docs/options.test.js
describe("tables in the docs", () => {
  for (const page of ["docs/pools.md", "docs/options.md"]) {
    it(`${page} says what the doc comments say`, () => {
      const text = read(page);
      const wanted = withTables(text);
      if (process.env["UPDATE_DOCS"] === "1") writeFileSync(root + page, wanted);
      else expect(text).to.equal(wanted);
    });
  }

  it("every option of a pool, a binding and a context is there", () => {
    const pool = optionsOf("src/pool/options.ts", "PoolOptions");
    expect(pool.length).to.equal(32);
    expect(pool.slice(0, 3).map(({ name, default: said }) => [name, said])).to.eql([
      ["create", "required"],
      ["maxSize", "required"],
      ["minSize", "0"],
    ]);
    const names = (file: string, type: string): string[] => optionsOf(file, type).map(({ name }) => name);
    expect(names("src/scopes/options.ts", "BindingOptions")).to.eql([
      "shape",
      "defer",
      "proxy",
      "jitless",
      "destroy",
      "transactions",
    ]);
    expect(names("src/scopes/pooled/options.ts", "PooledOptions")).to.eql(["lease", "concurrency"]);
    expect(names("src/context/options.ts", "ContextOptions")).to.eql([
      "name",
      "needs",
      "values",
      "signal",
      "nested",
      "graceMs",
    ]);
    expect(names("src/container/shutdown.ts", "ShutdownOptions")).to.eql(["graceMs"]);
    for (const name of Object.keys(PYTHON)) expect(pool.map((option) => option.name)).to.include(name);
  });
});
