import "reflect-metadata";
import { expect } from "chai";
import { contextValue, runInContext } from "inversify-scopes";
import { inContext } from "inversify-scopes/http";
import cron, { type TaskContext } from "node-cron";

import { eventually, gate, numbers, stays, TestServer, whereIs } from "./server.js";

describe("node-cron, inContext around the callback", () => {
  const server = TestServer.use();

  it("gives each run a context, also those of a task that was made in a request", async () => {
    const { world } = server;
    world.container.bind<TaskContext>("run").toContextValue({ shape: Object });
    const current = world.container.get<TaskContext>("run");
    const places: string[] = [];
    await runInContext({ name: "maker" }, async () => {
      whereIs(world);
      const run = inContext(
        async (_run: TaskContext) => {
          const { reason } = current.execution!;
          places.push(`${reason} ${await stays(world)}`);
        },
        { name: "report", values: (run) => [contextValue(current, run)] },
      );
      const task = cron.schedule("* * * * * *", run);
      server.beforeStop(() => task.destroy());
      await eventually("a run beside it", () => places.length === 1);
    });
    await eventually("a run after it", () => places.length >= 2);
    await world.expectAllEnded(places.length + 1);
    expect(new Set(places).size).to.equal(places.length);
    expect(places[0]).to.match(/^scheduled report#/);
  });

  it("keeps runs that overlap apart, and ends those that fail", async () => {
    const { world } = server;
    const both = gate();
    const run = inContext(
      async () => {
        const place = await stays(world, () => both.promise);
        if (world.ended.length > 5) throw new Error("own");
        return place;
      },
      { name: "report" },
    );
    const task = cron.createTask("0 0 1 1 *", run, { logger: { info() {}, warn() {}, error() {}, debug() {} } });
    server.beforeStop(() => task.destroy());
    const runs = numbers(10).map(() => task.execute().catch((error: Error) => error.message));
    await eventually("all wait", () => world.begun.length >= 4);
    both.open();
    const places = await Promise.all(runs);
    await world.expectAllEnded(10);
    expect(places).to.include("own");
    expect(places.filter((place) => place !== "own").length).to.equal(new Set(places).size - 1);
  });
});
