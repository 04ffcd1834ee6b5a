import { createHook } from "node:async_hooks";
import { setImmediate as turn } from "node:timers/promises";
import { expect } from "chai";
import { Pool } from "inversify-scopes/pool";
import { runInContext } from "inversify-scopes";
import { requestContext } from "inversify-scopes/http";
import { collectGarbage } from "../support/gc.js";

/** The resources of ours that a job leaves open, as tools see them that keep a note of each from `init` to `destroy`. */
async function leftBy(job: () => unknown): Promise<{ readonly made: number; readonly left: number }> {
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
    for (let i = 0; i < 5; i++) {
      await turn();
      collectGarbage();
    }
    await turn();
    return { made, left: open.size };
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

/** A few may still be on a stack. */
const FEW = 5;

describe("what we tell async hooks, by which tools follow the work of a process", () => {
  it("a request's frame ends", async () => {
    const { made, left } = await leftBy(request);
    expect(made).to.be.at.least(50);
    expect(left).to.be.at.most(FEW);
  });

  it("a context's frames end", async () => {
    const { left } = await leftBy(() => runInContext(() => turn()));
    expect(left).to.be.at.most(FEW);
  });

  it("those of a pool end with it", async () => {
    const { made, left } = await leftBy(async () => {
      const pool = new Pool({ create: () => ({}), maxSize: 1 });
      const lease = await pool.acquire();
      await lease.release();
      await pool.close();
    });
    expect(made).to.be.at.least(50);
    expect(left).to.be.at.most(FEW);
  });
});
