import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect } from "chai";
import { type BuildOptions, buildSync } from "esbuild";

import { secondCopy } from "../support/second-copy.js";

const root = fileURLToPath(new URL("../../..", import.meta.url));

const POOL = `
import { Pool } from "inversify-scopes/pool";
const pool = new Pool({ create: () => ({}), maxSize: 1 });
pool.use(() => "lent").then(console.log);`;

const APPLICATION = `
import "reflect-metadata";
import { pooled, perAsyncContext, runInContext, ScopedContainer, scopedModule } from "inversify-scopes";
import { expectNoLeases } from "inversify-scopes/testing";

class Db { async query() { return "rows"; } }
class User { name = "ann"; }
pooled(2)(Db);
perAsyncContext()(User);
const container = new ScopedContainer();
container.load(scopedModule(Db, User));
const [db, user] = [container.get(Db), container.get(User)];
runInContext({ needs: [db] }, async () => user.name + " has " + (await db.query())).then((said) => {
  expectNoLeases(container);
  console.log(said);
});`;

/** Everything that shows where a lease was taken: an explicit one, and one that a context took by a proxy. */
const LEASES = `
import "reflect-metadata";
import { lease, runInContext, ScopedContainer } from "inversify-scopes";

class Db { async query() {} }
const container = new ScopedContainer();
container.bind(Db).toSelf().inPooledScope({ maxSize: 2, leaseStacks: true });
const db = container.get(Db);
// Kept, since a lease that is dropped may be collected at once.
async function takesForItself() { globalThis.kept = await lease(db); }
async function takesByProxy() { await db.query(); await takesForItself(); }
runInContext(async () => {
  await takesByProxy();
  const { holders } = await lease(db, { timeoutMs: 1 }).catch((error) => error);
  console.log(JSON.stringify(holders.map(({ acquisitionStack }) => acquisitionStack)));
  process.exit();
});`;

const TWO_COPIES = `
import "reflect-metadata";
import { ScopedContainer } from "inversify-scopes";
import { ScopesPlugin } from "second-copy";
try {
  new ScopedContainer().register(ScopesPlugin);
} catch (error) {
  console.log(error.code, ...new Set(error.message.match(/program\\.cjs/g)));
}`;

describe("the package in a bundle", () => {
  let folder: string;

  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "bundled-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  /** What a program prints that was bundled by esbuild. */
  function printed(contents: string, options: BuildOptions, ...args: string[]): string {
    const outfile = join(folder, options.format === "esm" ? "program.mjs" : "program.cjs");
    const { warnings } = buildSync({
      stdin: { contents, resolveDir: join(root, "test") },
      outfile,
      bundle: true,
      platform: "node",
      format: "cjs",
      logLevel: "silent",
      ...options,
    });
    expect(warnings).to.eql([]);
    const { stdout, stderr, status } = spawnSync(process.execPath, [...args, outfile], {
      encoding: "utf8",
      timeout: 20_000,
    });
    // Not all of it: where a program fails, Node shows its line, and a minified one is one line.
    expect(status, stderr.slice(-1_000)).to.equal(0);
    return stdout.trim();
  }

  const kinds: Readonly<Record<string, BuildOptions>> = {
    "as CommonJS": {},
    "as CommonJS, minified": { minify: true },
    "as an ES module": {
      format: "esm",
      // reflect-metadata and inversify are CommonJS in part.
      banner: { js: `import { createRequire } from "node:module"; const require = createRequire(import.meta.url);` },
    },
  };

  for (const [kind, options] of Object.entries(kinds)) {
    it(`${kind}: the pool alone runs`, () => {
      expect(printed(POOL, options)).to.equal("lent");
    });

    it(`${kind}: an application runs`, () => {
      expect(printed(APPLICATION, options)).to.equal("ann has rows");
    });

    it(`${kind}: where leases were taken is told by the program's functions`, () => {
      const stacks = JSON.parse(printed(LEASES, { ...options, keepNames: true })) as string[];
      expect(stacks).to.have.length(2);
      expect(stacks.filter((stack) => stack.includes("takesForItself"))).to.have.length(1);
      for (const stack of stacks) expect(stack).to.include("takesByProxy");
    });

    it(`${kind}, with source maps: and by none of the library's`, () => {
      const stacks = JSON.parse(printed(LEASES, { ...options, sourcemap: true }, "--enable-source-maps")) as string[];
      for (const stack of stacks) {
        const [first] = stack.trim().split("\n");
        expect(first).to.match(/takes(ForItself|ByProxy)/);
        expect(stack).to.not.include(join(root, "src"));
      }
    });
  }

  it("twice in one bundle: the two are told apart, though they are in the same place", async () => {
    const copy = await secondCopy();
    try {
      const alias = { "second-copy": join(copy.folder, "dist", "src", "index.js") };
      expect(printed(TWO_COPIES, { alias })).to.equal("INVALID_OPTION program.cjs");
    } finally {
      await copy.remove();
    }
  });
});
