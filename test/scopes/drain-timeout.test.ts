import { PassThrough } from "node:stream";
import { expect } from "chai";
import { pooledScope, type PooledOptions, poolOf, runInContext, scopedProxy, setFactory } from "inversify-scopes";
import { VirtualClock } from "../support/clock.js";
import { reasonOf, rejected } from "../support/errors.js";
import { type Gate, gate, turn } from "../support/gate.js";

class Conn {
  destroyed = false;
  readonly stream = new PassThrough();
  async work(until: Gate<unknown>): Promise<unknown> {
    return until.promise;
  }
  open(result: object): object {
    return result;
  }
  which(): boolean {
    return this.destroyed;
  }
}

interface Fixture {
  readonly conn: Conn;
  readonly clock: VirtualClock;
  readonly warnings: { readonly message: string; readonly kind: unknown }[];
}

function bound(options: Partial<PooledOptions<Conn>> = {}): Fixture {
  const clock = new VirtualClock();
  const warnings: Fixture["warnings"] = [];
  const conn = scopedProxy<Conn>("Conn", { shape: Conn, destroy: (it) => void (it.destroyed = true) });
  const logger = {
    warn: (message: string, { kind }: Readonly<Record<string, unknown>>) => void warnings.push({ message, kind }),
  };
  setFactory(conn, () => new Conn(), pooledScope<Conn>({ maxSize: 1, clock, logger, ...options }));
  return { conn, clock, warnings };
}

describe("drainTimeoutMs: what drains for too long is destroyed", () => {
  it("after 30 s by default, with one warning that names member, context and time; the next one gets a new instance", async () => {
    const { conn, clock, warnings } = bound();
    const until = gate<unknown>();
    let call: Promise<unknown> | undefined;
    await runInContext({ name: "GET /orders" }, () => void (call = conn.work(until)));
    const next = runInContext(() => conn.work({ ...until, promise: Promise.resolve("new") }));
    await clock.advance(29_999);
    expect(poolOf(conn).stats().draining).to.equal(1);
    await clock.advance(1);
    expect(await next).to.equal("new");
    expect(poolOf(conn).stats().destroyed.drainTimeout).to.equal(1);
    expect(warnings).to.have.length(1);
    expect(warnings[0]!.kind).to.equal("POOL_DRAIN_TIMEOUT");
    expect(warnings[0]!.message).to.match(/^Conn: 30000 ms after the lease of GET \/orders ended.*in use by work,/);
    // What still ran comes to its end undisturbed, and frees nothing twice.
    until.open("late");
    expect(await call).to.equal("late");
    expect(poolOf(conn).stats()).to.include({ draining: 0, size: 1, idle: 1 });
  });

  it("0: at the next turn of the clock; Infinity: never", async () => {
    const at0 = bound({ drainTimeoutMs: 0 });
    await runInContext(() => void at0.conn.work(gate()));
    await at0.clock.advance(0);
    expect(poolOf(at0.conn).stats().size).to.equal(0);
    const never = bound({ drainTimeoutMs: Infinity });
    await runInContext(() => void never.conn.work(gate()));
    await never.clock.advance(10_000_000);
    expect(poolOf(never.conn).stats().draining).to.equal(1);
  });

  it("its streams and iterators go with it, and whoever reads them is told", async () => {
    const { conn, clock, warnings } = bound({ drainTimeoutMs: 10 });
    const heard = new PassThrough();
    const unheard = new PassThrough();
    let ended = false;
    async function* rows(): AsyncGenerator<number> {
      try {
        yield 1;
        yield 2;
      } finally {
        ended = true;
      }
    }
    function* lines(): Generator<number> {
      yield 1;
    }
    const web = new ReadableStream();
    const locked = new ReadableStream();
    const sink = new WritableStream();
    const [later, now] = await runInContext(async () => {
      for (const stream of [heard, unheard, web, locked, sink]) conn.open(stream);
      return [conn.open(rows()) as AsyncGenerator<number>, conn.open(lines()) as Generator<number>];
    });
    const reader = locked.getReader();
    let error: unknown;
    heard.on("error", (reason) => (error = reason));
    await later.next();
    expect(poolOf(conn).stats().instances[0]!.call).to.equal(
      `${"a stream of open, ".repeat(5)}an iterator of open, an iterator of open`,
    );
    await clock.advance(10);
    expect([heard.destroyed, unheard.destroyed, ended]).to.eql([true, true, true]);
    // Its instance may tell it the news by itself.
    unheard.emit("error", new Error("the connection has ended"));
    await turn();
    expect(error).to.include({ code: "LEASE_ENDED" });
    await rejected("LEASE_ENDED", later.next());
    expect(() => now.next()).to.throw("drainTimeoutMs");
    // To end what has been ended is harmless, as `break` does.
    expect(await later.return("over")).to.eql({ done: true, value: "over" });
    expect(now.return("over")).to.eql({ done: true, value: "over" });
    expect(await web.getReader().read()).to.eql({ done: true, value: undefined });
    expect(await reasonOf(sink.getWriter().write(1))).to.include({ code: "LEASE_ENDED" });
    reader.releaseLock();
    expect(warnings).to.have.length(1);
  });

  it("so do those that a call returns after that", async () => {
    const late: readonly (readonly [object, (result: never) => unknown])[] = [
      [new PassThrough(), (stream: PassThrough) => expect(stream.destroyed).to.equal(true)],
      [(async function* () {})(), (rows: AsyncGenerator) => rejected("LEASE_ENDED", rows.next())],
    ];
    for (const [result, check] of late) {
      const { conn, clock } = bound();
      const until = gate<unknown>();
      const [call] = await runInContext(() => [conn.work(until)]);
      await clock.advance(30_000);
      until.open(result);
      await check((await call) as never);
    }
  });

  it("an iterator whose return throws, rejects or hangs, and one without: the slot is free all the same", async () => {
    const ends: (undefined | (() => unknown))[] = [
      () => {
        throw new Error("return throws");
      },
      () => Promise.reject(new Error("return rejects")),
      () => new Promise(() => {}),
      undefined,
    ];
    for (const end of ends) {
      const { conn, clock } = bound({ drainTimeoutMs: 10 });
      const iterator = {
        next: () => ({ done: false, value: 1 }),
        ...(end === undefined ? {} : { return: end }),
        [Symbol.iterator]() {
          return this;
        },
      };
      await runInContext(() => void conn.open(iterator));
      await clock.advance(10);
      expect(poolOf(conn).stats().size).to.equal(0);
    }
  });

  it("an emitter that is no stream but looks like one cannot be ended: the instance goes", async () => {
    const { conn, clock } = bound({ drainTimeoutMs: 10 });
    const old = {
      on() {
        return this;
      },
      pipe() {},
      listenerCount: () => 0,
      readable: true,
    };
    await runInContext(() => void conn.open(old));
    await clock.advance(10);
    expect(poolOf(conn).stats().size).to.equal(0);
  });

  it("a `describe` that brings the last call to its end: nothing is destroyed", async () => {
    let release = (): void => {};
    const { conn, clock, warnings } = bound({ drainTimeoutMs: 10, describe: () => release() });
    const stream = new PassThrough();
    await runInContext(() => void conn.open(stream));
    release = () => void stream.emit("close");
    await clock.advance(10);
    expect(poolOf(conn).stats()).to.include({ idle: 1, draining: 0 });
    expect(warnings).to.eql([]);
  });

  it("the time idle counts from when it was free, and that of a lease until it ended", async () => {
    const { conn, clock } = bound({ idleTimeoutMs: 100, drainTimeoutMs: Infinity });
    const until = gate<unknown>();
    await runInContext(async () => {
      void conn.work(until);
      await clock.advance(5);
    });
    await clock.advance(500);
    expect(poolOf(conn).stats().useTime.totalMs).to.equal(5);
    until.open(undefined);
    await turn();
    await clock.advance(99);
    expect(poolOf(conn).stats().idle).to.equal(1);
    await clock.advance(1);
    expect(poolOf(conn).stats().idle).to.equal(0);
  });
});

describe("a pool that closes while instances drain", () => {
  it("waits for them, and destroys them", async () => {
    const { conn } = bound();
    const until = gate<unknown>();
    await runInContext(() => void conn.work(until));
    const closed = poolOf(conn).close();
    until.open(undefined);
    await closed;
    expect(poolOf(conn).stats().destroyed.closed).to.equal(1);
  });

  it("no longer than its grace, and says what was still running", async () => {
    const { conn, clock, warnings } = bound();
    await runInContext({ name: "GET /orders" }, () => void conn.work(gate()));
    const closed = poolOf(conn).close({ graceMs: 50 });
    await clock.advance(50);
    await closed;
    expect(poolOf(conn).stats().destroyed.drainTimeout).to.equal(1);
    expect(warnings.map(({ kind }) => kind)).to.eql(["POOL_LEASE_TAKEN_BACK", "POOL_DRAIN_TIMEOUT"]);
    expect(warnings[0]!.message).to.include("(draining: work)");
  });
});

describe("a lease that was taken back", () => {
  it("does not drain: its instance is gone already", async () => {
    const { conn, clock } = bound({ maxLeaseMs: 10 });
    const until = gate<unknown>();
    await runInContext(async () => {
      void conn.work(until);
      await clock.advance(10);
    });
    until.open(undefined);
    await turn();
    expect(poolOf(conn).stats()).to.include({ draining: 0, size: 0 });
    expect(poolOf(conn).stats().destroyed.takenBack).to.equal(1);
  });
});
