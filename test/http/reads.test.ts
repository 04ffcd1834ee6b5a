import { once } from "node:events";
import { createServer, get, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { currentContext } from "inversify-scopes";
import { requestContext } from "inversify-scopes/http";

/** Counts what is read of an object, by giving it a prototype that sees each read, as Express gives one to each request. */
function watched(object: object, reads: string[]): () => void {
  const prototype = Object.getPrototypeOf(object) as object;
  const seen = new Proxy(prototype, {
    get(target, key, receiver) {
      if (typeof key === "string") reads.push(key);
      return Reflect.get(target, key, receiver) as unknown;
    },
  });
  Object.setPrototypeOf(object, seen);
  return () => Object.setPrototypeOf(object, prototype);
}

describe("What an adapter reads of a request and its response", () => {
  it("is read once, and is little: V8 looks each property of Express's requests up anew, up to Node 22", async () => {
    const ofRequest: string[] = [];
    const ofResponse: string[] = [];
    const middleware = requestContext();
    const server = createServer((request: IncomingMessage, response: ServerResponse) => {
      const unwatchers = [watched(request, ofRequest), watched(response, ofResponse)];
      middleware(request, response, () => {
        for (const unwatch of unwatchers) unwatch();
        response.end(currentContext()!.name);
      });
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const asked = get({ port: (server.address() as AddressInfo).port, host: "127.0.0.1", agent: false });
    const [response] = (await once(asked, "response")) as [IncomingMessage];
    response.resume();
    await once(response, "end");
    server.close();

    // What is the object's own is not seen here: `method` and `url` of the request, on some Nodes `socket` of the response.
    expect(ofRequest).to.eql(["emit", "route", "originalUrl"]);
    expect(ofResponse.filter((key) => key !== "socket")).to.eql(["emit", "closed"]);
  });
});
