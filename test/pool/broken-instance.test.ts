import { expect } from "chai";
import { EventEmitter } from "node:events";
import { runInNewContext } from "node:vm";
import type { PoolOptions } from "inversify-scopes/pool";

import { rejected } from "../support/errors.js";
import { gate, turn } from "../support/gate.js";
import { poolOf, take, watch } from "../support/pool.js";

class Socket extends EventEmitter {}

class Mute extends Socket {
  override on(): this {
    throw new Error("not now");
  }
}

const trap = (): never => {
  throw new Error("trap");
};

/** Emits as soon as whoever made it has given it away. */
function breaking(socket: Socket): Socket {
  setImmediate(() => socket.emit("error", new Error("reset")));
  return socket;
}

const sockets = { create: () => new Socket() };

describe("an instance that emits error", () => {
  it("one that refuses to be listened to is not lent: a failed creation", async () => {
    const { pool, ended } = poolOf<Socket>({ create: async () => new Mute() });
    const error = await rejected("CREATE_FAILED", pool.acquire());
    expect(error.message).to.equal("Test: listening for errors of what create made failed: Error: not now");
    expect(ended.length).to.equal(1);
    expect(pool.stats()).to.include({ size: 0, created: 0, createFailures: 1 });
  });

  for (const [when, options] of [
    ["while onCreate runs", { onCreate: async (socket: Socket) => void socket.emit("error", new Error("reset")) }],
    ["before create's promise has been looked at", { create: async () => breaking(new Socket()), onCreate: turn }],
  ] satisfies [string, Partial<PoolOptions<Socket>>][]) {
    it(`${when}: the creation failed, it is destroyed, and the process goes on`, async () => {
      const { pool, ended } = poolOf<Socket>({ ...sockets, ...options, maxSize: 1 });
      const error = await rejected("CREATE_FAILED", pool.acquire());
      expect(error.message).to.match(/^Test: the new instance emitted an error, so creation failed: Error: reset/);
      expect(ended.length).to.equal(1);
      expect(pool.stats()).to.include({ size: 0, created: 0, createFailures: 1 });
      expect(pool.stats().destroyed).to.include({ createFailed: 1, broken: 0 });
    });
  }

  it("while it is destroyed, after a failed onCreate or because it came late: the process goes on", async () => {
    const late = gate<Socket>();
    const { pool, clock, ended } = poolOf<Socket>({
      create: (n) => (n === 0 ? new Socket() : late.promise),
      onCreate: () => Promise.reject(new Error("SET failed")),
      createTimeoutMs: 20,
      destroy: async (socket) => {
        await turn();
        socket.emit("error", new Error("reset"));
        await turn();
        socket.emit("error", new Error("again"));
      },
    });
    await rejected("CREATE_FAILED", pool.acquire());
    const second = rejected("CREATE_TIMEOUT", pool.acquire());
    await clock.advance(20);
    await second;
    late.open(new Socket());
    for (let i = 0; i < 4; i++) await turn();
    expect(ended.length).to.equal(2);
    expect(pool.stats()).to.include({ size: 0, destroying: 0 });
    for (const socket of ended) socket.emit("error", new Error("and again"));
  });

  it("one that comes late and cannot be listened to is destroyed all the same", async () => {
    const late = gate<Socket>();
    const { pool, clock, ended, warnings } = poolOf<Socket>({ create: () => late.promise, createTimeoutMs: 20 });
    const gone = rejected("CREATE_TIMEOUT", pool.acquire());
    await clock.advance(20);
    await gone;
    late.open(new Mute());
    await turn();
    expect(ended.length).to.equal(1);
    expect(warnings.map(({ message }) => message)).to.deep.equal([
      "Test: instance 0 cannot be listened to: Error: not now",
    ]);
  });

  for (const [what, remove] of [
    ["removeAllListeners()", (socket) => socket.removeAllListeners()],
    ['removeAllListeners("error")', (socket) => socket.removeAllListeners("error")],
    ["off() of each", (socket) => socket.listeners("error").forEach((one) => socket.off("error", one as () => void))],
  ] satisfies [string, (socket: Socket) => void][]) {
    it(`is still guarded after a holder's ${what}, again and again`, async () => {
      const { pool, ended } = poolOf<Socket>({ ...sockets, maxSize: 1 });
      const lease = await pool.acquire();
      const socket = lease.value;
      for (let i = 0; i < 3; i++) {
        remove(socket);
        remove(socket);
        // As a socket or a stream emits it that is destroyed with an error.
        await new Promise<void>((resolve) => process.nextTick(resolve));
        expect(socket.listenerCount("error")).to.equal(1);
      }
      await lease.release();
      socket.emit("error", new Error("reset by peer"));
      expect(ended).to.deep.equal([socket]);
      remove(socket);
      await turn();
      socket.emit("error", new Error("again"));
    });
  }

  it("keeps the listeners of its holders, and gets no more of ours, when it is made again", async () => {
    const socket = new Socket();
    const heard: string[] = [];
    socket.on("error", ({ message }: Error) => heard.push(message));
    const { pool } = poolOf<Socket>({ create: () => socket, maxSize: 1 });
    for (let i = 0; i < 20; i++) await (await pool.acquire()).discard();
    expect(socket.listenerCount("error")).to.equal(2);
    const lease = await pool.acquire();
    socket.emit("error", new Error("reset"));
    expect(heard).to.deep.equal(["reset"]);
    await lease.release();
    expect(pool.stats().destroyed).to.include({ broken: 1 });
  });

  it("one that cannot be listened to any more is retired, and who is gone by then concerns nobody", async () => {
    for (const release of [false, true]) {
      class Closing extends Socket {
        isClosed = false;
        override on(event: string, listener: (...args: unknown[]) => void): this {
          if (this.isClosed) throw new Error("closed");
          return super.on(event, listener);
        }
      }
      const { pool, warnings } = poolOf<Closing>({ create: () => new Closing(), maxSize: 1 });
      const lease = await pool.acquire();
      const socket = lease.value;
      socket.isClosed = true;
      socket.removeAllListeners();
      if (release) void lease.discard();
      await turn();
      void lease.release();
      expect(pool.stats().destroyed).to.include(release ? { discarded: 1 } : { broken: 1 });
      expect(warnings.filter(({ kind }) => kind === "POOL_INSTANCE_BROKEN").length).to.equal(release ? 0 : 1);
    }
  });

  describe("an emitter of another realm, or of a copy of the package", () => {
    // The other realm has no module `events`: its emitter is made from the text of its class, as a bundler would.
    const other = runInNewContext(`
      (class EventEmitter {
        heard = {};
        on(event, listener) { (this.heard[event] ??= []).push(listener); return this; }
        listeners(event) { return [...(this.heard[event] ?? [])]; }
        emit(event, ...args) {
          const those = this.listeners(event);
          if (event === "error" && those.length === 0) throw args[0];
          for (const one of those) one.apply(this, args);
          return those.length > 0;
        }
      })`) as typeof EventEmitter;

    it("is guarded", async () => {
      const { pool, ended } = poolOf<EventEmitter>({ create: () => new (class extends other {})() });
      const lease = await pool.acquire();
      expect(lease.value).not.to.be.instanceOf(EventEmitter);
      lease.value.emit("error", new Error("reset"));
      await lease.release();
      expect(ended.length).to.equal(1);
      expect(pool.stats().destroyed).to.include({ broken: 1 });
    });

    it("is guarded, too, if it knows no event removeListener", async () => {
      class Strict extends other {
        override on(event: string, listener: () => void): this {
          if (event !== "error") throw new Error(`no event ${event}`);
          return super.on(event, listener);
        }
      }
      const { pool } = poolOf<EventEmitter>({ create: () => new Strict() });
      const lease = await pool.acquire();
      lease.value.emit("error", new Error("reset"));
      await lease.release();
      expect(pool.stats().destroyed).to.include({ broken: 1 });
    });

    it("what is a Proxy, has only such methods, or resists is left alone", async () => {
      const called: unknown[] = [];
      const remote = new Proxy(() => {}, { get: (_, name) => (name === "then" ? undefined : () => called.push(name)) });
      const builder = { on: () => called.push("on"), emit: () => called.push("emit"), constructor: EventEmitter };
      const touchy = Object.create(
        {},
        { constructor: { value: Object.defineProperty(() => {}, "name", { get: trap }) } },
      );
      for (const instance of [remote, builder, touchy as object, Object.create(null) as object]) {
        const { pool } = poolOf<object>({ create: () => instance });
        expect((await pool.acquire()).value).to.equal(instance);
      }
      expect(called).to.deep.equal([]);
    });
  });

  it("while idle: it is removed and replaced; the process goes on (S32)", async () => {
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
    expect(warnings[0]?.facts).to.deep.include({ instance: 0, error });
    expect(pool.stats().destroyed).to.include({ broken: 1 });
  });

  it("while lent: no crash; it is retired when it comes back (S68)", async () => {
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

  it("when its holder takes off listeners of its own, ours stays, once", async () => {
    const { pool } = poolOf<Socket>({ ...sockets });
    const { value } = await pool.acquire();
    const theirs = (): void => {};
    for (const event of ["data", "error"]) {
      value.on(event, theirs);
      value.off(event, theirs);
    }
    await new Promise(setImmediate);
    expect(value.listenerCount("error")).to.equal(1);
    expect(value.listenerCount("data")).to.equal(0);
  });

  it("one that was closed behind our back is replaced, where a check tells (test_broken_reconnect)", async () => {
    const closed = new Set<object>();
    const { pool } = poolOf({ maxSize: 1, checkOn: ["release"], healthCheck: (thing) => !closed.has(thing) });
    const lease = await pool.acquire();
    closed.add(lease.value);
    await lease.release();
    expect((await pool.acquire()).value.n).to.equal(1);
  });
});
