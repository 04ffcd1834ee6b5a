import { createServer } from "node:http";
import { Octokit } from "octokit";
import { expect } from "chai";
import { Agent, Pool, request, setGlobalDispatcher, getGlobalDispatcher } from "undici";
import { behaves } from "../harness.mjs";

let server;
let origin;
const seen = [];
const client = {
  worked: { path: "/repos/a/b" },
  before: async () => {
    server = createServer(({ url, headers }, response) => {
      seen.push(headers["user-agent"]);
      setTimeout(
        () => response.setHeader("content-type", "application/json").end(JSON.stringify({ path: url })),
        url === "/slow" ? 100 : 0,
      );
    });
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    origin = `http://127.0.0.1:${server.address().port}`;
  },
  after: () => (server.closeAllConnections(), new Promise((resolve) => server.close(resolve))),
};

behaves("undici's Pool, shared", {
  ...client,
  scope: "shared",
  make: () => new Pool(origin),
  end: (pool) => pool.close(),
  options: { shape: Pool, defer: ["request", "stream", "close"] },
  work: async (pool) => (await pool.request({ path: "/repos/a/b", method: "GET" })).body.json(),
  leave: (pool) => ({ over: pool.request({ path: "/slow", method: "GET" }).then(({ body }) => body.json()) }),
  library: async (dispatcher) => {
    const { body } = await request(`${origin}/x`, { dispatcher });
    expect(await body.json()).to.eql({ path: "/x" });
    const before = getGlobalDispatcher();
    setGlobalDispatcher(dispatcher);
    setGlobalDispatcher(before);
  },
});
behaves("undici's Agent, for a context", {
  ...client,
  scope: "per-async-context",
  make: () => new Agent(),
  end: (agent) => agent.close(),
  options: { shape: Agent, defer: ["request", "close"] },
  work: async (agent) => (await agent.request({ origin, path: "/repos/a/b", method: "GET" })).body.json(),
});
behaves("octokit, one for each context", {
  ...client,
  scope: "per-async-context",
  isSync: true,
  make: () => new Octokit({ baseUrl: origin, userAgent: `context ${Math.random()}` }),
  end: () => {},
  options: { shape: Octokit },
  work: async (octokit) => (await octokit.rest.repos.get({ owner: "a", repo: "b" })).data,
  // Its functions have properties: those of the context's own.
  identity: async (octokit) => (
    await octokit.request("GET /user"),
    octokit.request.endpoint.DEFAULTS.headers["user-agent"]
  ),
  library: async (octokit) => {
    const own = octokit.request.defaults({ headers: { "x-mine": "1" } });
    expect((await own("GET /mine")).data).to.eql({ path: "/mine" });
    expect(octokit.paginate.iterator).to.be.a("function");
  },
});
