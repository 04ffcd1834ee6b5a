import { expect } from "chai";
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Runs a program of its own; it is killed if it does not end by itself. */
async function program(body: string): Promise<string> {
  const text = `import { Pool } from "inversify-scopes/pool"; const create = (n) => ({ n }); ${body}`;
  const args = ["--conditions=inversify-scopes-modules", "--input-type=module", "--eval", text];
  const { stdout } = await run(process.execPath, args, { timeout: 10_000 });
  return stdout.trim();
}

describe("nothing idle keeps the process alive", () => {
  it("an idle pool that nobody closed, with all of housekeeping on (S51)", async () => {
    await program(`
      const pool = new Pool({ create, maxSize: 4, minSize: 2, idleTimeoutMs: 60_000, maxAgeMs: 60_000,
        healthCheck: () => true, healthCheckIntervalMs: 60_000 });
      await pool.ready();
      await pool.use(() => undefined);
    `);
  });

  it("nor does one that retries to make instances ahead, or whose creation or check hangs", async () => {
    await program(`
      new Pool({ create: () => Promise.reject(new Error("down")), maxSize: 1, minSize: 1, logger: { warn() {} } });
      new Pool({ create: () => new Promise(() => {}), maxSize: 1, minSize: 1 });
      const pool = new Pool({ create, maxSize: 1, minSize: 1, healthCheck: () => new Promise(() => {}), healthCheckIntervalMs: 1 });
      await pool.ready();
      await new Promise((resolve) => setTimeout(resolve, 20));
    `);
  });

  it("nor does a lease that nobody gives back", async () => {
    await program(`
      const pool = new Pool({ create, maxSize: 1, leaseWarnMs: 60_000, maxLeaseMs: 90_000 });
      globalThis.lease = await pool.acquire();
    `);
  });

  it("a closed pool (S51b)", async () => {
    await program(`
      const pool = new Pool({ create, maxSize: 2, idleTimeoutMs: 60_000 });
      await pool.use(() => undefined);
      await pool.close();
    `);
  });

  it("but a pending acquisition does, until its deadline: who waits for it must not vanish", async () => {
    const said = await program(`
      const pool = new Pool({ create, maxSize: 1 });
      globalThis.lease = await pool.acquire();
      await pool.acquire({ timeoutMs: 30 }).catch((error) => console.log(error.code));
    `);
    expect(said).to.equal("POOL_TIMEOUT");
  });

  it("so does one that waits out the back-off, without any deadline", async () => {
    const said = await program(`
      const pool = new Pool({ maxSize: 1, acquireTimeoutMs: Infinity, createBackoffMs: { min: 10, max: 20 },
        create: (n) => { if (n < 3) throw new Error("down"); return { n }; } });
      await pool.acquire().catch(() => {});
      await pool.acquire().catch(() => {});
      await pool.acquire().catch(() => {});
      console.log((await pool.acquire()).value.n);
    `);
    expect(said).to.equal("3");
  });

  it("so does maxLeaseMs where it is what serves whoever waits without a deadline, or lets a close end", async () => {
    const said = await program(`
      const pool = new Pool({ create, maxSize: 1, maxLeaseMs: 30, acquireTimeoutMs: Infinity, logger: { warn() {} } });
      globalThis.lease = await pool.acquire();
      globalThis.next = await pool.acquire();
      console.log(next.value.n);
      await pool.close({ graceMs: Infinity });
      console.log("closed");
    `);
    expect(said).to.equal("1\nclosed");
  });

  it("so does a close, until its grace is over; and a ready() that waits for the next try", async () => {
    const said = await program(`
      const pool = new Pool({ create, maxSize: 1, logger: { warn() {} } });
      globalThis.lease = await pool.acquire();
      await pool.close({ graceMs: 30 });
      const other = new Pool({ maxSize: 1, minSize: 1, logger: { warn() {} }, createBackoffMs: { min: 10, max: 20 },
        create: (n) => { if (n < 1) throw new Error("down"); return { n }; } });
      await other.ready().catch(() => {});
      await other.ready();
      console.log(pool.stats().state, other.stats().idle);
    `);
    expect(said).to.equal("closed 1");
  });
});
