import { expect } from "chai";
import { EventEmitter } from "node:events";

import { rejected } from "../support/errors.js";
import { poolOf, take, watch } from "../support/pool.js";

class Socket extends EventEmitter {}

const sockets = { create: () => new Socket() };

describe("an instance that emits error", () => {
  it("one that refuses to be listened to is not lent: a failed creation", async () => {
    class Mute extends Socket {
      override on(): this {
        throw new Error("not now");
      }
    }
    const { pool, ended } = poolOf<Socket>({ create: async () => new Mute() });
    const error = await rejected("CREATE_FAILED", pool.acquire());
    expect(error.message).to.equal("Test: listening for errors of what create made failed: Error: not now");
    expect(ended.length).to.equal(1);
    expect(pool.stats()).to.include({ size: 0, created: 0, createFailures: 1 });
  });

  it("one that keeps our listener goes all the same, and its slot is free", async () => {
    class Clinging extends Socket {
      override off(): this {
        throw new Error("never");
      }
    }
    const { pool, warnings } = poolOf<Socket>({ create: () => new Clinging(), maxSize: 1 });
    const lease = await pool.acquire();
    const next = pool.acquire();
    await lease.discard();
    expect((await next).value).not.to.equal(lease);
    expect(warnings.map(({ message }) => message)).to.deep.equal(["Test: instance 0 kept our listener: Error: never"]);
  });

  it("S32: while idle: it is removed and replaced; the process goes on", async () => {
    const { pool, ended, warnings } = poolOf<Socket>(sockets);
    const lease = await pool.acquire();
    const socket = lease.value;
    await lease.release();
    const error = new Error("reset by peer");
    socket.emit("error", error);
    expect(ended).to.deep.equal([socket]);
    expect(pool.stats()).to.include({ idle: 0, size: 0 });
    expect((await pool.acquire()).value).not.to.equal(socket);
    expect(warnings.map(({ kind, message }) => [kind, message])).to.deep.equal([
      ["POOL_INSTANCE_BROKEN", "Test: instance 0 emitted an error: Error: reset by peer"],
    ]);
    expect(warnings[0]?.facts).to.deep.include({ n: 0, error });
    expect(pool.stats().destroyed).to.include({ broken: 1 });
  });

  it("S68: while lent: no crash; it is retired when it comes back", async () => {
    const { pool, ended } = poolOf<Socket>({ ...sockets, maxSize: 1 });
    const lease = await pool.acquire();
    const socket = lease.value;
    const waiting = watch(pool.acquire());
    socket.emit("error", new Error("reset by peer"));
    expect(lease.value).to.equal(socket);
    expect(ended).to.deep.equal([]);
    await lease.release();
    expect(ended).to.deep.equal([socket]);
    await Promise.resolve();
    expect(waiting.now.state).to.equal("fulfilled");
  });

  it("while it is checked for somebody, who gets the next idle one at once", async () => {
    const { pool } = poolOf<Socket>({
      ...sockets,
      checkOn: ["acquire"],
      healthCheck: async (socket) => {
        if (socket === all[1]) socket.emit("error", new Error("reset by peer"));
      },
      destroy: () => new Promise(() => undefined),
    });
    const leases = await take(pool, 2);
    const all = leases.map(({ value }) => value);
    for (const lease of leases) await lease.release();
    const waiting = watch(pool.acquire());
    await new Promise(setImmediate);
    expect(waiting.now).to.have.nested.property("value.value", all[0]);
  });

  it("while it is destroyed, and after: no crash", async () => {
    const { pool, warnings } = poolOf<Socket>({
      ...sockets,
      destroy: (socket) => void socket.emit("error", new Error("again")),
    });
    const lease = await pool.acquire();
    const socket = lease.value;
    await lease.discard();
    socket.emit("error", new Error("and again"));
    expect(warnings.map(({ message }) => message)).to.deep.equal(["Test: instance 0 emitted an error: Error: again"]);
    expect(pool.stats().size).to.equal(0);
  });

  it("one of several idle ones is taken out from amidst them", async () => {
    const { pool, ended } = poolOf<Socket>({ ...sockets, maxSize: 3 });
    const leases = await take(pool, 3);
    const all = leases.map(({ value }) => value);
    for (const lease of leases) await lease.release();
    all[1]?.emit("error", new Error("broken"));
    expect(ended).to.deep.equal([all[1]]);
    expect((await take(pool, 2)).map(({ value }) => value)).to.deep.equal([all[2], all[0]]);
  });

  it("its own listeners are left alone, and ours are not added twice", async () => {
    const { pool } = poolOf<Socket>({ ...sockets, maxSize: 1 });
    const lease = await pool.acquire();
    const socket = lease.value;
    expect(socket.listenerCount("error")).to.equal(1);
    await lease.release();
    await pool.acquire();
    expect(socket.listenerCount("error")).to.equal(1);
  });

  it("not with watchErrors: false", async () => {
    const { pool } = poolOf<Socket>({ ...sockets, watchErrors: false });
    const { value } = await pool.acquire();
    expect(value.listenerCount("error")).to.equal(0);
  });

  it("test_broken_reconnect: one that was closed behind our back is replaced, where a check tells", async () => {
    const closed = new Set<object>();
    const { pool } = poolOf({ maxSize: 1, checkOn: ["release"], healthCheck: (thing) => !closed.has(thing) });
    const lease = await pool.acquire();
    closed.add(lease.value);
    await lease.release();
    expect((await pool.acquire()).value.n).to.equal(1);
  });
});
