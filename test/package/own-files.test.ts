import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

import { expect } from "chai";
import { Pool } from "inversify-scopes/pool";

const root = fileURLToPath(new URL("../../..", import.meta.url));

const LEASE = `
import "reflect-metadata";
import { lease, runInContext, ScopedContainer } from "inversify-scopes";

class Db { async query() {} }
const container = new ScopedContainer();
container.bind(Db).toSelf().inPooledScope({ maxSize: 1, leaseStacks: true });
const db = container.get(Db);
async function takesByProxy() { await db.query(); }
runInContext(async () => {
  await takesByProxy();
  const { holders } = await lease(db, { timeoutMs: 1 }).catch((error) => error);
  console.log(holders[0].acquisitionStack);
});`;

describe("where the library's own code is", () => {
  const ways: Record<string, readonly string[]> = {
    "as compiled": [],
    "as source maps say": ["--enable-source-maps"],
    "as compiled, file by file": ["--conditions=inversify-scopes-modules"],
    "as source maps say, file by file": ["--conditions=inversify-scopes-modules", "--enable-source-maps"],
  };
  for (const [way, flags] of Object.entries(ways)) {
    it(`is told by the stack, ${way}`, () => {
      const { stdout } = spawnSync(process.execPath, [...flags, "--input-type=module", "--eval", LEASE], {
        cwd: root,
        encoding: "utf8",
        timeout: 20_000,
      });
      const frames = stdout.trim().split("\n");
      expect(frames[0]).to.include("takesByProxy");
      for (const folder of ["dist/src", "dist/bundle", "src"]) expect(stdout).to.not.include(`${root}${folder}`);
    });
  }

  it("is not told where stacks are not kept: then nothing is left out of them", async () => {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    try {
      const pool = new Pool({ create: () => ({}), maxSize: 1, leaseStacks: true, acquireTimeoutMs: 1 });
      await pool.acquire();
      const error: unknown = await pool.acquire().catch((reason: unknown) => reason);
      expect(error).to.have.nested.property("holders[0].acquisitionStack", "");
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
  });
});
