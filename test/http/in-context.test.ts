import { EventEmitter, once } from "node:events";
import { expect } from "chai";
import { contextValue, currentContext, runInContext } from "inversify-scopes";
import { inContext } from "inversify-scopes/http";

import { reasonOf } from "../support/errors.js";
import { gate } from "../support/gate.js";
import { World } from "../support/requests.js";
import { warningsDuring } from "../support/warnings.js";

describe("inContext", () => {
  let world: World;
  beforeEach(() => (world = new World()));
  afterEach(() => world.container.unbindAllAsync());

  it("runs each call in a context of its own, called like the handler", async () => {
    const job = inContext(async function processJob(text: string) {
      return `${await world.connection.query(text)} in ${world.here}`;
    });
    expect(await Promise.all([job("a"), job("b")])).to.eql(["a in processJob", "b in processJob"]);
    await world.expectAllEnded(2);
  });

  it("resolves after the end of the context", async () => {
    await inContext(() => world.here)();
    expect(world.ended).to.have.length(1);
  });

  it("keeps the handler's name and length, this and the arguments", async () => {
    const handler = inContext(function handler(this: object, a: number, b: number, c?: number) {
      return [this, a, b, c, currentContext()!.name];
    });
    expect([handler.name, handler.length]).to.eql(["handler", 3]);
    const self = {};
    expect(await handler.call(self, 1, 2)).to.eql([self, 1, 2, undefined, "handler"]);
    expect(await inContext(() => currentContext()!.name)()).to.equal("inContext");
  });

  it("has a name of its own by the option, which sees the arguments", async () => {
    const job = inContext((_job: { id: number }) => currentContext()!.name, { name: ({ id }) => `job ${id}` });
    expect(await job({ id: 7 })).to.equal("job 7");
    expect(await inContext(() => currentContext()!.name, { name: "tick" })()).to.equal("tick");
  });

  it("is no child of the context in which it is called: a worker made by a request does not hold it up", async () => {
    const work = gate();
    let parent: unknown = "none";
    let job!: Promise<unknown>;
    await runInContext(() => {
      job = inContext(async () => {
        parent = currentContext()!.parent;
        await work.promise;
      })();
    });
    expect(parent).to.equal(undefined);
    expect(world.open).to.have.length(1);
    work.open();
    await job;
  });

  it("gives each event of an emitter a context, once it is wrapped", async () => {
    const socket = new EventEmitter();
    const heard: string[] = [];
    socket.on(
      "message",
      inContext(
        (text: string) => {
          heard.push(`${text} in ${world.here}`);
          if (heard.length === 2) socket.emit("done");
        },
        { name: (text) => `message ${text}` },
      ) as (text: string) => void,
    );
    const done = once(socket, "done");
    socket.emit("message", "a");
    socket.emit("message", "b");
    await done;
    expect(heard).to.eql(["a in message a", "b in message b"]);
    await world.expectAllEnded(2);
  });

  it("takes what is needed, gives values, hears the signal", async () => {
    const tenant = world.container.bind<{ id: string }>("tenant");
    tenant.toContextValue({ shape: Object });
    const proxy = world.container.get<{ id: string }>("tenant");
    const abort = new AbortController();
    const job = inContext((id: string) => [proxy.id, currentContext()!.signal.aborted, id], {
      needs: [world.connection],
      values: (id) => [contextValue(proxy, { id })],
      signal: (id) => (id === "none" ? undefined : abort.signal),
    });
    expect(await job("a")).to.eql(["a", false, "a"]);
    abort.abort(new Error("no more"));
    expect(await reasonOf(job("b"))).to.have.property("message", "no more");
    expect(await job("none")).to.eql(["none", false, "none"]);
  });

  it("waits graceMs for calls that nobody awaited", async () => {
    let done = 0;
    const job = inContext(() => void world.connection.query().then(() => done++), { graceMs: 5_000 });
    await job();
    expect(done).to.equal(1);
  });

  describe("whose end fails", () => {
    const failing = (errors: readonly Error[]): void => {
      for (const [i, error] of errors.entries()) {
        const name = `failing ${i}`;
        world.container
          .bind<object>(name)
          .toDynamicValue(() => new EventEmitter())
          .inPerAsyncContextScope({
            destroy: () => {
              throw error;
            },
          });
      }
    };
    const touchAll = (count: number): void => {
      for (let i = 0; i < count; i++) world.container.get<EventEmitter>(`failing ${i}`).emit("touch");
    };

    it("resolves all the same, and a warning tells of the end", async () => {
      failing([new Error("cannot close")]);
      const warnings = await warningsDuring(async () => {
        expect(await inContext(() => (touchAll(1), "done"), { name: "job\n1" })()).to.equal("done");
      });
      expect(warnings.map(({ code, message }) => [code, message])).to.eql([
        [
          "CONTEXT_END_FAILED",
          "The end of job\\n1 failed: Error: cannot close. The option onError gets what fails there.",
        ],
      ]);
      expect(warnings[0]!.cause).to.have.property("message", "cannot close");
    });

    it("tells onError, with the arguments", async () => {
      const [one, two] = [new Error("one"), new Error("two")];
      failing([one, two]);
      const told: unknown[] = [];
      const job = inContext((count: number) => touchAll(count), { onError: (...args) => told.push(args) });
      await job(1);
      expect(told).to.eql([[one, 1]]);
      await job(2);
      const [error, count] = told[1] as [AggregateError, number];
      expect([error.errors, count]).to.eql([[two, one], 2]);
    });

    it("rejects with the handler's own error; onError gets what the end adds to it, and no more", async () => {
      const [one, two, own, inner] = ["one", "two", "own", "inner"].map((text) => new Error(text)) as [
        Error,
        Error,
        Error & { suppressed?: unknown[] },
        Error,
      ];
      own.suppressed = [inner];
      failing([one, two]);
      const told: unknown[] = [];
      const job = inContext(
        (count: number) => {
          touchAll(count);
          throw own;
        },
        { name: "job", onError: (error) => told.push(error) },
      );
      expect(await reasonOf(job(0))).to.equal(own);
      expect(told).to.eql([]);
      expect(await reasonOf(job(1))).to.equal(own);
      expect(told).to.eql([one]);
      expect(await reasonOf(job(2))).to.equal(own);
      expect((told[1] as AggregateError).errors).to.eql([two, one]);
      expect((told[1] as AggregateError).message).to.equal("2 disposers failed at the end of job");
    });

    it("rejects with what the handler throws, be it frozen, a primitive, or something that resists", async () => {
      const resisting = Object.defineProperty({}, "suppressed", {
        get: () => {
          throw new Error("trap");
        },
      });
      failing([new Error("cannot close")]);
      for (const thrown of ["text", Object.freeze(new Error("frozen")), resisting, undefined]) {
        const told: unknown[] = [];
        const job = inContext(
          () => {
            touchAll(1);
            throw thrown;
          },
          { onError: (error) => told.push(error) },
        );
        expect(await reasonOf(job())).to.equal(thrown);
        expect(told).to.have.length(1);
        expect(told[0]).to.have.property("message", "cannot close");
      }
    });

    const throws = (): void => {
      throw new Error("log is full");
    };
    const rejects = (async () => throws()) as () => unknown;
    for (const [how, onError] of Object.entries({ throws, rejects })) {
      it(`warns of an onError that ${how} itself`, async () => {
        failing([new Error("cannot close")]);
        const warnings = await warningsDuring(() => inContext(() => touchAll(1), { onError })());
        expect(warnings.map(({ cause }) => (cause as Error).message)).to.eql(["log is full"]);
      });
    }
  });
});
