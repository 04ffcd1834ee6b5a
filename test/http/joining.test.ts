import { createServer, type RequestListener, type Server } from "node:http";
import { expect } from "chai";
import { contextValue, currentContext, runInContext } from "inversify-scopes";
import { type AdapterOptions, inContext, inFetch, inRequest, requestContext } from "inversify-scopes/http";

import { rejected } from "../support/errors.js";
import { gate } from "../support/gate.js";
import { World } from "../support/requests.js";
import { get, listen, post, RawClient } from "../support/sockets.js";
import { warningsDuring } from "../support/warnings.js";

interface Tenant {
  id: string;
}

describe("Two adapters on one request", () => {
  let world: World;
  let server: Server;
  let tenant: Tenant;
  let plan: Tenant;
  const serve = async (listener: RequestListener): Promise<RawClient> => {
    server = createServer(listener);
    return new RawClient(await listen(server));
  };
  beforeEach(() => {
    world = new World();
    const { container } = world;
    for (const name of ["tenant", "plan"]) container.bind<Tenant>(name).toContextValue({ shape: Object });
    tenant = container.get<Tenant>("tenant");
    plan = container.get<Tenant>("plan");
    server = createServer();
  });
  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await world.container.unbindAllAsync();
  });
  /** What the second one does, and what it says of the context. */
  const second = async (options: AdapterOptions<never>, listener: RequestListener): Promise<string> => {
    const middleware = requestContext(options as AdapterOptions<[]>);
    const client = await serve(
      inRequest((req, res) => middleware(req, res, () => listener(req, res)), {
        name: "first",
        values: () => [contextValue(tenant, { id: "of the first" })],
      }),
    );
    await client.send(get("/"));
    return client.receive("\r\n0\r\n");
  };

  it("share one context, the first one's", async () => {
    const seen = await second({ name: "second" }, (_req, res) => {
      res.write(`<${world.here}> `);
      res.end(`${world.open.length} open`);
    });
    expect(seen).to.include("<first>").and.to.include("1 open");
    await world.expectAllEnded(1);
  });

  it("have the values of both, the first one's where both give one", async () => {
    const values = (): ReturnType<typeof contextValue>[] => [
      contextValue(tenant, { id: "of the second" }),
      contextValue(plan, { id: "gold" }),
    ];
    const seen = await second({ values }, (_req, res) => {
      res.write(`<${tenant.id}, ${plan.id}>`);
      res.end();
    });
    expect(seen).to.include("<of the first, gold>");
  });

  it("have the needs of both", async () => {
    const { container } = world;
    const late = container.bind<{ text: string }>("late").toDynamicValue(async () => ({ text: "there" }));
    late.inPerAsyncContextScope({ shape: Object });
    const proxy = container.get<{ text: string }>("late");
    const seen = await second({ needs: [proxy] }, (_req, res) => {
      res.write(`<${proxy.text}>`);
      res.end();
    });
    expect(seen).to.include("<there>");
  });

  it("go on in the request's context, also where the second is called in none, or in a child", async () => {
    const middleware = requestContext({ values: () => [contextValue(plan, { id: "gold" })] });
    const plain = requestContext();
    const client = await serve(
      inRequest(async (req, res) => {
        const names: string[] = [];
        const note = (): unknown => names.push(`${world.here} ${plan.id}`);
        await runInContext({ name: "child" }, () => middleware(req, res, note));
        await runInContext({ name: "child" }, () => plain(req, res, note));
        res.end(names.join());
      }),
    );
    await client.send(get("/"));
    await client.receive("GET / gold,GET / gold");
    await world.expectAllEnded(1);
  });

  it("tell the second one what is wrong with its values", async () => {
    const errors: unknown[] = [];
    const middleware = requestContext({ values: () => [{} as never] });
    const throwing = requestContext({
      values: () => {
        throw new Error("own");
      },
    });
    const client = await serve(
      inRequest((req, res) => {
        throwing(req, res, (error) => errors.push((error as Error).message));
        middleware(req, res, (error) => {
          errors.push((error as { code: string }).code);
          res.end(world.here);
        });
      }),
    );
    await client.send(get("/"));
    await client.receive("GET /");
    expect(errors).to.eql(["own", "INVALID_OPTION"]);
    await world.expectAllEnded(1);
  });

  it("end when the promise of the inner one has settled, too", async () => {
    const work = gate();
    const outer = requestContext();
    const inner = inRequest(async (_req, res) => {
      res.end("answered");
      await work.promise;
      await world.connection.query(world.here);
    });
    const client = await serve((req, res) => outer(req, res, () => inner(req, res)));
    await client.send(get("/"));
    await client.receive("answered");
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(world.open).to.have.length(1);
    work.open();
    await world.expectAllEnded(1);
  });

  it("share an ended context: what is touched in it says so", async () => {
    const late = requestContext({ values: () => expect.fail("it takes no values any more") });
    const outer = inRequest((_req, res) => res.end(world.here));
    let again: (() => string) | undefined;
    const client = await serve((req, res) => {
      outer(req, res);
      again = () => {
        let code = "";
        late(req, res, () => (code = currentContext()!.state));
        return code;
      };
    });
    await client.send(get("/"));
    await world.expectAllEnded(1);
    expect(again!()).to.equal("ended");
  });

  it("end though both were begun by the same event", async () => {
    const [one, two] = [
      inRequest(() => void world.here, { name: "one" }),
      inRequest((_req, res) => res.end(world.here)),
    ];
    const client = await serve((req, res) => {
      one(req, res);
      two(req, res);
    });
    await client.send(post("/", 0));
    await client.receive("one");
    await world.expectAllEnded(1);
  });

  it("share it where the inner one is inFetch, whose signal and body then are none of the context's", async () => {
    const fetch = inFetch(async (_request: Request) => new Response(`<${world.here} ${tenant.id} ${plan.id}>`), {
      needs: [world.connection],
      values: () => [contextValue(tenant, { id: "second" }), contextValue(plan, { id: "gold" })],
    });
    const client = await serve(
      inRequest(
        async (req, res) => {
          const response = await fetch(new Request(`http://test${req.url}`));
          res.end(await response.text());
        },
        { values: () => [contextValue(tenant, { id: "first" })] },
      ),
    );
    await client.send(get("/a"));
    await client.receive("<GET /a first gold>");
    await world.expectAllEnded(1);
    const inner = inFetch(() => new Response(world.here));
    const outer = inFetch((request: Request) => inner(new Request(request)), { name: "outer" });
    expect(await (await outer(new Request("http://a/b"))).text()).to.equal("outer");
    await world.expectAllEnded(2);
  });

  it("do not share it with inContext, whose calls have one each", async () => {
    const job = inContext(() => world.here, { name: "job" });
    const client = await serve(inRequest(async (_req, res) => res.end(`<${world.here} ${await job()}>`)));
    await client.send(get("/"));
    await client.receive("<GET / job>");
    await world.expectAllEnded(2);
  });

  it("refuse values for a service that were served there already, and those of the first one stay", async () => {
    const warnings = await warningsDuring(async () => {
      await rejected(
        "INVALID_OPTION",
        inContext(() => expect.fail(), {
          values: () => [contextValue(tenant, { id: "a" }), contextValue(tenant, { id: "b" })],
        })(),
      );
    });
    expect(warnings).to.eql([]);
  });
});
