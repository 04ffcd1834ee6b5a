import { AsyncLocalStorage } from "node:async_hooks";
import { channel, subscribe, tracingChannel, unsubscribe } from "node:diagnostics_channel";

import { expect } from "chai";
import { type ContextTraceEvent, currentContext, runInContext } from "inversify-scopes";

import { audienceOf } from "../../src/base/audience.js";
import { turn } from "../support/gate.js";
import { traces } from "../support/traces.js";

const ASYNC = ["start", "end", "asyncStart", "asyncEnd"];
const FAILED = ["start", "end", "error", "asyncStart", "asyncEnd"];

describe("the TracingChannel inversify-scopes:context", () => {
  const contexts = (fn: () => unknown) => traces<ContextTraceEvent>("inversify-scopes:context", fn);

  it("tells of a context from its begin to its end, and of what is inside of what", async () => {
    let ids: number[] = [];
    const heard = await contexts(() =>
      runInContext({ name: "GET /" }, () =>
        runInContext({ name: "inner" }, async () => {
          const { id, parent } = currentContext()!;
          ids = [parent!.id, id];
        }),
      ),
    );
    for (const { events, told } of heard) {
      expect(events).to.deep.equal(ASYNC);
      expect(told.durationMs).to.be.at.least(0);
      Reflect.deleteProperty(told, "durationMs");
    }
    const [outer, inner] = ids;
    expect(heard.map(({ told }) => told)).to.deep.equal([
      { context: "GET /", contextId: outer, outcome: "completed" },
      { context: "inner", contextId: inner, parentId: outer, outcome: "completed" },
    ]);
  });

  it("of one that fails, or was aborted, with the error; the caller gets the very same", async () => {
    const error = new Error("no");
    const caught: unknown[] = [];
    const heard = await contexts(async () => {
      const failing = (): never => {
        throw error;
      };
      await runInContext(failing).catch((reason: unknown) => caught.push(reason));
      const abort = new AbortController();
      const aborted = runInContext({ signal: abort.signal }, async () => {
        abort.abort();
        await Promise.reject(error);
      });
      await aborted.catch((reason: unknown) => caught.push(reason));
    });
    expect(caught).to.deep.equal([error, error]);
    expect(heard.map(({ events, told: { error: told, outcome } }) => [events, told, outcome])).to.deep.equal([
      [FAILED, error, "failed"],
      [FAILED, error, "aborted"],
    ]);
  });

  it("hands no listener what the callback returns", async () => {
    const [heard] = await contexts(() => runInContext(() => ({ secret: 1 })));
    expect(heard!.told).to.have.all.keys("context", "contextId", "outcome", "durationMs");
  });

  it("what is bound to its start is there in the context, and not behind it", async () => {
    const span = new AsyncLocalStorage<string>();
    const { start } = tracingChannel("inversify-scopes:context");
    start.bindStore(span, (told) => `span of ${(told as ContextTraceEvent).context}`);
    const inside = async (): Promise<unknown> => {
      await turn();
      return span.getStore();
    };
    const seen = await runInContext({ name: "job" }, inside);
    start.unbindStore(span);
    expect(seen).to.equal("span of job");
    expect(span.getStore()).to.equal(undefined);
    expect(await runInContext(inside)).to.equal(undefined);
  });
});

describe("an audience", () => {
  it("is there as long as somebody listens to one of its channels, by whichever way", () => {
    const [one, two] = [channel("test:audience:one"), channel("test:audience:two")];
    const listener = (): void => {};
    subscribe("test:audience:two", listener);
    const audience = audienceOf("test", [one, two]);
    expect(audience.isThere, "who came first").to.equal(true);
    subscribe("test:audience:one", listener);
    unsubscribe("test:audience:two", listener);
    expect(audience.isThere).to.equal(true);
    expect(unsubscribe("test:audience:one", listener)).to.equal(true);
    expect(unsubscribe("test:audience:one", listener)).to.equal(false);
    expect(audience.isThere).to.equal(false);
    const store = new AsyncLocalStorage<unknown>();
    one.bindStore(store);
    expect(audience.isThere).to.equal(true);
    expect(one.runStores({ n: 1 }, () => store.getStore())).to.deep.equal({ n: 1 });
    one.unbindStore(store);
    expect(audience.isThere).to.equal(false);
  });

  it("is one for all copies of the package", () => {
    expect(audienceOf("test", [])).to.equal(audienceOf("test", []));
  });
});
