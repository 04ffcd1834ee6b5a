/**
 * What an editor shows: the hover and the completions of every export, asked of the language service.
 *
 *   npm run test:types
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { expect } from "chai";
import { folder } from "./compilers.mjs";

const require = createRequire(import.meta.url);

const entries = [
  "inversify-scopes",
  "inversify-scopes/pool",
  "inversify-scopes/decorators",
  "inversify-scopes/http",
  "inversify-scopes/testing",
  "inversify-scopes/transactions",
];

/** A language service for one program, that can be written anew. */
function editor(ts) {
  const file = join(folder, "programs", "in-the-editor.ts");
  let text = "";
  let version = 0;
  const { config } = ts.readConfigFile(join(folder, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, folder);
  const service = ts.createLanguageService({
    getScriptFileNames: () => [file],
    getScriptVersion: (name) => (name === file ? String(version) : "0"),
    getScriptSnapshot(name) {
      if (name === file) return ts.ScriptSnapshot.fromString(text);
      return ts.sys.fileExists(name) ? ts.ScriptSnapshot.fromString(readFileSync(name, "utf8")) : undefined;
    },
    getCurrentDirectory: () => folder,
    getCompilationSettings: () => options,
    getDefaultLibFileName: (of) => ts.getDefaultLibFilePath(of),
    fileExists: ts.sys.fileExists,
    readFile: ts.sys.readFile,
    directoryExists: ts.sys.directoryExists,
    getDirectories: ts.sys.getDirectories,
  });
  /** Writes the program; `|` is where one asks. */
  const write = (program) => {
    const position = program.indexOf("|");
    text = program.replace("|", "");
    version++;
    return position;
  };
  return {
    hover(program) {
      const { displayParts, documentation, tags = [] } = service.getQuickInfoAtPosition(file, write(program));
      const [shown, said] = [displayParts, documentation].map((parts) => ts.displayPartsToString(parts));
      return {
        shown,
        said,
        tags: tags.map(({ name, text: parts }) => ({ name, text: ts.displayPartsToString(parts) })),
      };
    },
    completions(program) {
      const found = service.getCompletionsAtPosition(file, write(program), {});
      return (found?.entries ?? []).map(({ name }) => name);
    },
  };
}

for (const version of ["5.9", "6"]) {
  const ts = require(`typescript-${version}`);
  describe(`in an editor with TypeScript ${ts.version}`, function () {
    this.timeout(60_000);
    const { hover, completions } = editor(ts);

    for (const entry of entries) {
      it(`${entry}: each export is completed, and its hover says what it is for, with its example whole`, () => {
        const names = completions(`import { | } from "${entry}";`).filter((name) => name !== "type");
        expect(names.length).to.be.greaterThan(2);
        for (const name of names) {
          const { said, tags, shown } = hover(`import { |${name} } from "${entry}";`);
          expect(shown).to.include(name);
          expect(said, name).to.match(/\w.*\./s);
          for (const { name: tag, text } of tags) {
            expect(["param", "returns", "throws", "example", "default"], name).to.include(tag);
            if (tag === "example") expect(text.trim(), name).to.match(/^```ts\n[^]*\n```$/);
          }
        }
      });
    }

    for (const [name, line] of Object.entries({
      shared: ";@shared()\nclass Settings {}",
      perAsyncContext: ";@perAsyncContext()\nclass CurrentUser {",
      pooled: ";@pooled(8, { provides: Db })\n",
    })) {
      it(`the hover of @${name} shows its example`, () => {
        const { tags } = hover(`import { |${name} } from "inversify-scopes";`);
        expect(tags.find(({ name: tag }) => tag === "example").text).to.include(line);
      });
    }

    const services = `import { pooled, shared } from "inversify-scopes";
import { container, Db } from "./services.js";
`;
    it("options are completed, those of methods and of pools too", () => {
      expect(completions(`${services}shared({ | });`)).to.include.members([
        "provides",
        "name",
        "tag",
        "inject",
        "destroy",
      ]);
      expect(completions(`${services}pooled(8, { | });`)).to.include.members([
        "provides",
        "onRelease",
        "idleTimeoutMs",
      ]);
      const binding = `${services}container.bind(Db).toSelf().inPooledScope({ | });`;
      expect(completions(binding)).to.include.members(["maxSize", "destroy", "defer", "concurrency"]);
    });

    for (const [call, option] of [
      ["inPooledScope({ |maxSize: 1 })", "How many instances may exist"],
      ["inPooledScope({ maxSize: 1, |acquireTimeoutMs: 5 })", "Default 30 000."],
      ['inPooledScope({ maxSize: 1, |defer: ["query"] })', "Members that return a promise"],
      ["inSharedScope({ |destroy: (db) => db.end() })", "Ends an instance"],
      ["inPerAsyncContextScope({ |shape: Db })", "What the proxy shows"],
      ["toContextValue({ |shape: Db })", "What the proxy shows"],
    ]) {
      it(`the hover of an option that is written down says what it is for: ${call.replace("|", "")}`, () => {
        const to = call.startsWith("toContextValue") ? "" : "toSelf().";
        expect(hover(`${services}container.bind(Db).${to}${call};`).said).to.include(option);
      });
    }

    it("`defer` is completed with the members that may wait, and with nothing else", () => {
      const binding = `${services}container.bind(Db).toSelf().inPooledScope({ maxSize: 1, defer: ["|"] });`;
      expect(completions(binding)).to.have.members(["query", "end", "queryOrCount"]);
    });
  });
}
