import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { expect } from "chai";
import { isThere, mariadb, postgres, redis, sqliteFailure, stopAll } from "../servers.mjs";

const here = join(import.meta.dirname, "..");
const root = join(here, "../..");
const folder = join(here, `.docs-${process.pid}`);

const text = readFileSync(join(root, "docs/drivers.md"), "utf8");
const blocks = [...text.matchAll(/^```ts driver\n([\s\S]*?)^```$\n+```text\n([\s\S]*?)^```$/gm)];
const programs = blocks.map(([, code, output], i) => ({ name: `program-${i + 1}`, code, output }));

const noSqlite = await sqliteFailure();

/** What a program needs, by what it reads. */
const NEEDS = new Map([
  ["MYSQL_URL", "mariadbd"],
  ["REDIS_URL", "redis-server"],
  ["chromium", "chromium"],
]);

describe("docs/drivers.md", function () {
  this.timeout(120_000);
  let server;
  const env = { ...process.env };

  before(async () => {
    mkdirSync(join(folder, "node_modules"), { recursive: true });
    symlinkSync(root, join(folder, "node_modules", "inversify-scopes"), "dir");
    symlinkSync(join(here, "node_modules/.prisma-generated"), join(folder, "generated"), "dir");
    writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
    for (const { name, code } of programs)
      writeFileSync(join(folder, `${name}.ts`), `import "reflect-metadata";\n${code}`);
    const compilerOptions = {
      target: "es2022",
      module: "nodenext",
      strict: true,
      // Not every client brings types along.
      noImplicitAny: false,
      skipLibCheck: true,
      preserveSymlinks: true,
      types: ["node"],
      typeRoots: [join(root, "node_modules/@types")],
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
    const tsc = spawnSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", folder], {
      encoding: "utf8",
    });
    expect(tsc.stdout).to.equal("");
    env.DATABASE_URL = await postgres();
    if (isThere("redis-server")) {
      const { host, port } = await redis();
      env.REDIS_URL = `redis://${host}:${port}`;
    }
    if (isThere("mariadbd")) {
      const { host, port, user, password, database } = await mariadb();
      env.MYSQL_URL = `mysql://${user}:${password}@${host}:${port}/${database}`;
    }
    server = createServer((_, response) => response.end("hello"));
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    env.API_URL = `http://127.0.0.1:${server.address().port}`;
  });
  after(async () => {
    rmSync(folder, { recursive: true, force: true });
    server?.closeAllConnections();
    server?.close();
  });
  after(() => stopAll());

  it("shows programs", () => expect(programs).to.have.length.above(10));

  for (const { name, code, output } of programs) {
    const title = `${name}: ${/from "([^"]+)"/.exec(code)[1]}`;
    const sqlite = code.includes("better-sqlite3") ? noSqlite : undefined;
    const [, lacking = sqlite] = [...NEEDS].find(([word, program]) => code.includes(word) && !isThere(program)) ?? [];
    if (lacking !== undefined) it.skip(`${title}: it lacks ${lacking}`);
    else {
      it(title, async () => {
        const child = spawn(process.execPath, [join(folder, `${name}.js`)], { env });
        let said = "";
        for (const stream of [child.stdout, child.stderr])
          stream.setEncoding("utf8").on("data", (part) => (said += part));
        await new Promise((resolve) => child.once("close", resolve));
        expect(said).to.equal(output);
      });
    }
  }
});
