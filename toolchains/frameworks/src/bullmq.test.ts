import "reflect-metadata";
import { type Job, Queue, QueueEvents, Worker } from "bullmq";
import { expect } from "chai";
import { contextValue, currentContext, runInContext } from "inversify-scopes";
import { inContext } from "inversify-scopes/http";

import { gate, numbers, stays, TestServer, whereIs } from "./server.js";

describe("BullMQ on Redis, inContext around the processor", () => {
  const port = Number(process.env["REDIS_PORT"]);
  const connection = { host: "127.0.0.1", port };
  const server = TestServer.use();
  let queues = 0;
  let name: string;
  let queue: Queue;
  let events: QueueEvents;

  before(function () {
    if (Number.isNaN(port)) this.skip(); // run.mjs says so
  });
  beforeEach(async () => {
    name = `orders-${process.pid}-${++queues}`;
    queue = new Queue(name, { connection });
    events = new QueueEvents(name, { connection });
    queue.setMaxListeners(0); // each wait for a job has one
    await events.waitUntilReady();
    server.beforeStop(() => queue.close());
    server.beforeStop(() => events.close());
  });

  function work(processor: (job: Job, token: string | undefined, signal: AbortSignal | undefined) => Promise<unknown>) {
    const worker = new Worker(name, processor, { connection, concurrency: 10 });
    server.beforeStop(() => worker.close());
    return worker;
  }

  it("gives each of 100 jobs a context, and the job", async () => {
    const { world } = server;
    world.container.bind<Job>("job").toContextValue({ shape: Object });
    const current = world.container.get<Job>("job");
    const processor = inContext(
      async (job: Job) => {
        const place = await stays(world, () => current.updateProgress(50));
        expect(current.id).to.equal(job.id);
        return `${current.data.n} ${place}`;
      },
      { name: (job) => `job ${job.data.n}`, values: (job) => [contextValue(current, job)] },
    );
    work(processor);
    const jobs = await queue.addBulk(numbers(100).map((n) => ({ name: "order", data: { n } })));
    const results: string[] = await Promise.all(jobs.map((job) => job.waitUntilFinished(events)));
    await world.expectAllEnded(100);
    for (const [n, result] of results.entries()) expect(result).to.match(new RegExp(`^${n} job ${n}#`));
    expect(new Set(results).size).to.equal(100);
  });

  it("is no child of the request in which the worker was made, which may have ended", async () => {
    const { world } = server;
    const doOne = async () => (await queue.add("order", {})).waitUntilFinished(events);
    await runInContext({ name: "maker" }, async () => {
      whereIs(world);
      work(inContext(() => stays(world), { name: "job" }));
      expect(await doOne()).to.match(/^job#/);
    });
    expect(await doOne()).to.match(/^job#/);
    await world.expectAllEnded(3);
  });

  it("gives each attempt of a job a context, and ends it before the next", async () => {
    const { world } = server;
    const seen: string[] = [];
    work(
      inContext(
        async (job: Job) => {
          seen.push(`${await stays(world)} after ${world.ended.length}`);
          if (job.attemptsMade < 2) throw new Error("own");
        },
        { name: (job) => `attempt ${job.attemptsMade}` },
      ),
    );
    const job = await queue.add("order", {}, { attempts: 3 });
    await job.waitUntilFinished(events);
    await world.expectAllEnded(3);
    expect(seen.map((text) => text.replace(/#\d+/, ""))).to.eql([
      "attempt 0 after 0",
      "attempt 1 after 1",
      "attempt 2 after 2",
    ]);
  });

  it("says that a job has failed which could not have a context", async () => {
    const { world } = server;
    const refuse = (): never => {
      throw new Error("no tenant");
    };
    work(inContext(async () => stays(world), { values: refuse }));
    const job = await queue.add("order", {});
    expect(await job.waitUntilFinished(events).catch((error: Error) => error.message)).to.equal("no tenant");
    await world.expectAllEnded(0);
  });

  it("gets BullMQ's AbortSignal exactly if the processor has three parameters", async () => {
    const { world } = server;
    const begun = gate<AbortSignal>();
    const two = inContext(async (_job: Job, _token: string | undefined) => currentContext()!.signal.aborted);
    expect(two.length).to.equal(2);
    const three = inContext(
      async (_job: Job, _token: string | undefined, signal: AbortSignal | undefined) => {
        whereIs(world);
        const aborted = new Promise((resolve) => signal!.addEventListener("abort", resolve));
        begun.open(signal!);
        await aborted;
        whereIs(world);
      },
      { name: "job", signal: (_job, _token, signal) => signal },
    );
    expect(three.length).to.equal(3);
    const worker = work(three);
    const job = await queue.add("order", {});
    expect(await begun.promise).to.be.instanceOf(AbortSignal);
    worker.cancelJob(job.id!, "not wanted any more");
    await job.waitUntilFinished(events).catch(() => {});
    await world.expectAllEnded(1);
    await worker.close();
    const last = new Worker(name, async (...args) => args[2] === undefined, { connection });
    server.beforeStop(() => last.close());
    expect(await (await queue.add("order", {})).waitUntilFinished(events)).to.equal(true);
  });
});
