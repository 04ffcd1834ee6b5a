import { createHook } from "node:async_hooks";
import { setImmediate as turn } from "node:timers/promises";
import { expect } from "chai";
import { Pool } from "inversify-scopes/pool";
import { runInContext } from "inversify-scopes";
import { requestContext } from "inversify-scopes/http";
import { collected } from "../support/gc.js";

/** A few may still be on a stack. */
const FEW = 5;

/** Does a job fifty times, and waits until most of its frames have ended, for tools that note each from `init` to `destroy`: how many there were. */
async function framesEnd(job: () => unknown): Promise<number> {
  const open = new Set<number>();
  let made = 0;
  const hook = createHook({
    init(id, type) {
      if (type !== "inversify-scopes") return;
      open.add(id);
      made++;
    },
    destroy: (id) => void open.delete(id),
  }).enable();
  try {
    for (let i = 0; i < 50; i++) await job();
    await collected(() => open.size <= FEW);
    return made;
  } finally {
    hook.disable();
  }
}

function request(): Promise<void> {
  const emit = (_event: string): boolean => true;
  const of = { emit, method: "GET", url: "/" };
  const response = { emit, end: () => {}, statusCode: 200, closed: false, headersSent: true };
  return new Promise((resolve) => {
    requestContext()(of as never, response as never, () => resolve());
    response.emit("finish");
    response.emit("close");
  });
}

describe("what we tell async hooks, by which tools follow the work of a process", () => {
  it("a request's frame ends", async () => {
    expect(await framesEnd(request)).to.be.at.least(50);
  });

  it("a context's frames end", async () => {
    await framesEnd(() => runInContext(() => turn()));
  });

  it("those of a pool end with it", async () => {
    const made = await framesEnd(async () => {
      const pool = new Pool({ create: () => ({}), maxSize: 1 });
      const lease = await pool.acquire();
      await lease.release();
      await pool.close();
    });
    expect(made).to.be.at.least(50);
  });
});
