import "reflect-metadata";
import { ServerResponse } from "node:http";
import { Stream, Writable } from "node:stream";
import { expect } from "chai";
import { currentContext, runInContext, ScopedContainer, unwrap } from "inversify-scopes";

/** As streams were before Node told of their closing. */
class Old extends Stream {
  destroyed = false;
  destroy(): void {
    this.destroyed = true;
  }
}
class Stuck extends Writable {
  override _destroy(): void {}
}

const streams: Readonly<Record<string, () => Stream & { destroy(): unknown }>> = {
  "of the oldest kind": () => new Old(),
  "that never has done with its own end": () => new Stuck(),
  "of a response that has no socket": () => new ServerResponse({ method: "GET" } as never),
};

describe("a stream that is destroyed, and never says that it is closed, holds up no context", () => {
  for (const [kind, make] of Object.entries(streams)) {
    it(kind, async () => {
      const container = new ScopedContainer();
      container
        .bind<ReturnType<typeof make>>("stream")
        .toDynamicValue(make)
        .inPerAsyncContextScope({ destroy: (stream) => void stream.destroy() });
      const stream = container.get<object>("stream");
      const context = await runInContext(() => {
        unwrap(stream);
        return currentContext()!;
      });
      expect(context.state).to.equal("ended");
    });
  }
});
