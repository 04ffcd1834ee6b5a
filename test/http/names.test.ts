import { createServer } from "node:http";
import { expect } from "chai";
import { currentContext } from "inversify-scopes";
import { inFetch, inRequest, requestContext } from "inversify-scopes/http";

import { listen, RawClient } from "../support/sockets.js";

describe("The name of a request's context", () => {
  const nameOf = async (target: string, method = "GET"): Promise<string> => {
    const server = createServer(inRequest((_req, res) => res.end(`<${currentContext()!.name}>`)));
    const client = new RawClient(await listen(server));
    await client.send(`${method} ${target} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n`);
    await client.receive("\r\n\r\n<");
    server.close();
    return /<(.*)>/.exec(client.received)![1]!;
  };

  it("is METHOD /path without the query, which may hold secrets", async () => {
    expect(await nameOf("/orders/7?token=secret")).to.equal("GET /orders/7");
    expect(await nameOf("/?token=secret", "POST")).to.equal("POST /");
    expect(await nameOf("/orders?token=secret#part"), "a fragment, which few clients send").to.equal("GET /orders");
    expect(await nameOf("/orders#part?token=secret")).to.equal("GET /orders");
    expect(await nameOf("/orders#part")).to.equal("GET /orders");
  });

  it("leaves out the host, and who logs in there, of an absolute target", async () => {
    expect(await nameOf("http://ann:secret@host/orders?id=1")).to.equal("GET /orders");
    expect(await nameOf("http://host")).to.equal("GET /");
    expect(await nameOf("http://host?token=secret")).to.equal("GET /");
    expect(await nameOf("*", "OPTIONS")).to.equal("OPTIONS *");
  });

  it("is the whole path under a mount of Express, and the pattern inside a route", () => {
    const names: string[] = [];
    const emit = (): boolean => true;
    const middleware = requestContext({ leftMs: 0 });
    for (const more of [
      {},
      { route: { path: "/:id" } },
      { route: { path: "/:id" }, baseUrl: undefined },
      { route: { path: /x/ }, originalUrl: undefined, url: undefined },
    ]) {
      const request = { method: "GET", url: "/7?x=1", originalUrl: "/orders/7?x=1", baseUrl: "/orders", emit, ...more };
      const response = { emit, end: () => {}, statusCode: 200, closed: true };
      middleware(request as never, response as never, () => names.push(currentContext()!.name));
    }
    expect(names).to.eql(["GET /orders/7", "GET /orders/:id", "GET /:id", "GET /"]);
  });

  it("is the same for a Request", async () => {
    const fetch = inFetch(() => new Response(currentContext()!.name));
    const response = await fetch(new Request("http://host/orders?token=secret", { method: "PUT" }));
    expect(await response.text()).to.equal("PUT /orders");
  });

  it("is what the option says", async () => {
    const fetch = inFetch(() => new Response(currentContext()!.name), { name: "api" });
    expect(await (await fetch(new Request("http://host/"))).text()).to.equal("api");
  });
});
