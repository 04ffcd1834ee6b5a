import "reflect-metadata";
import { mock } from "node:test";
import { promisify } from "node:util";
import { expect } from "chai";
import {
  perAsyncContextScope,
  pooledScope,
  runInContext,
  scopedProxy,
  setFactory,
  setInstance,
  unwrap,
} from "inversify-scopes";
import { thrown } from "../support/errors.js";

/** A client of one's own in each request, whose functions carry what is the request's. */
class Client {
  static made = 0;
  readonly id = ++Client.made;
  request = this.#functionOf();
  #functionOf(): any {
    const { id } = this;
    const own = function (this: unknown): number {
      return id;
    };
    return Object.assign(own, { owner: id, defaults: () => id });
  }
  get log(): any {
    return Object.assign(() => this.id, { owner: this.id });
  }
  query(): number {
    return this.id;
  }
  legacy(value: number, done: (error: null, value: number) => void): void {
    done(null, value + this.id);
  }
}
Reflect.defineMetadata("roles", ["admin"], Client.prototype.query);
Object.assign(Client.prototype.query, { role: "admin" });
(Client.prototype.legacy as any)[promisify.custom] = async (value: number) => `custom ${value}`;

const ways = {
  generated: { shape: Client },
  jitless: { shape: Client, jitless: true },
  full: { shape: Client, proxy: "full" },
  "no known class": {},
} as const;

for (const [wayName, way] of Object.entries(ways)) {
  const proxyOf = (scope = perAsyncContextScope()): any => {
    const proxy = scopedProxy<any>("client", way);
    setFactory(proxy, () => new Client(), scope);
    return proxy;
  };

  describe(`what hangs on a function is that of the current instance's function (${wayName}) (law 1)`, () => {
    for (const member of ["request", "log"] as const) {
      it(`${member}: read, called, listed and asked for, in one context after the other (law 1)`, async () => {
        const client = proxyOf();
        for (let round = 0; round < 3; round++) {
          await runInContext(() => {
            const { id } = client;
            const shown = client[member];
            expect([shown.owner, shown(), "owner" in shown, "other" in shown]).to.eql([id, id, true, false]);
            expect(Object.keys(shown)).to.eql(Object.keys(unwrap(client)[member]));
            expect({ ...shown }.owner).to.equal(id);
            expect(shown).to.equal(client[member]);
            expect([shown.call(null), shown.apply(null, []), shown.bind(null)()]).to.eql([id, id, id]);
          });
        }
      });
    }

    it("written, defined and deleted on that of this context, and no other (law 1)", async () => {
      const client = proxyOf();
      const first = await runInContext(() => {
        expect(client.request.defaults()).to.equal(client.id);
        return unwrap(client);
      });
      await runInContext(() => {
        const { request } = client;
        const real = unwrap(client).request;
        request.owner = "mine";
        Object.defineProperty(request, "hidden", { value: 1, configurable: true });
        expect([real.owner, real.hidden, Object.keys(request)]).to.eql(["mine", 1, ["owner", "defaults"]]);
        delete request.owner;
        expect("owner" in real).to.equal(false);
        expect(Reflect.defineProperty(request, "fixed", { value: 1, configurable: false })).to.equal(false);
        expect(Reflect.preventExtensions(request)).to.equal(false);
        const child = Object.create(request);
        child.owner = "the child's";
        expect([child.owner, real.owner]).to.eql(["the child's", undefined]);
      });
      expect(first.request.owner).to.equal(first.id);
    });

    it("properties and metadata of a method, also of one that is spied on at its class (law 1)", async () => {
      const client = proxyOf();
      await runInContext(async () => {
        client.query();
        expect([client.query.role, "role" in client.query, Reflect.getMetadata("roles", client.query)]).to.eql([
          "admin",
          true,
          ["admin"],
        ]);
        expect(await promisify(client.legacy)(1)).to.equal("custom 1");
        expect([client.query.call(null), client.query.bind(null)()]).to.eql([client.id, client.id]);
        expect(Object.prototype.toString.call(client.query)).to.equal("[object Function]");
        client.query.role = "user";
        expect((Client.prototype.query as any).role).to.equal("user");
        client.query.role = "admin";
        const calls = mock.method(Client.prototype, "query").mock;
        try {
          client.query();
          expect(client.query.mock.callCount()).to.equal(1);
        } finally {
          calls.restore();
        }
      });
    });

    it("those of a fake, one after the other (law 1)", () => {
      const client = scopedProxy<any>("client", way);
      const own = client.constructor;
      for (const calls of [1, 2]) {
        setInstance(client, { query: mock.fn(() => "fake") });
        for (let i = 0; i < calls; i++) expect(client.query()).to.equal("fake");
        expect(client.query.mock.callCount()).to.equal(calls);
      }
      expect(own).to.be.a("function");
    });

    it("a promise of a function may leave the context: nobody asks it for a then", async () => {
      const client = proxyOf();
      const request = await runInContext(() => client.request);
      expect(typeof request).to.equal("function");
      expect([request.name.length > 0, request.length]).to.eql([true, 0]);
      expect([request.then, request[Symbol.iterator], typeof request.call]).to.eql([undefined, undefined, "function"]);
      thrown("NO_CONTEXT", () => request.owner);
      thrown("NO_CONTEXT", () => request());
      await runInContext(() => expect(request()).to.equal(client.id));
    });

    it("where another instance has data, its properties are meant; where it has nothing, that is told", async () => {
      const client = scopedProxy<any>("client", way);
      const { request } = { request: undefined as any };
      expect(request).to.equal(undefined);
      setInstance(client, new Client());
      const kept = client.request;
      setInstance(client, { request: { owner: "data" } });
      expect(kept.owner).to.equal("data");
      expect(() => kept()).to.throw(TypeError, "client.request is not a function");
      setInstance(client, {});
      expect(() => kept.owner).to.throw(TypeError, "client.request is not a function");
    });

    it("each call of a leased instance takes its own, and so does each look at a property", () => {
      const client = proxyOf(pooledScope({ maxSize: 1, lease: "call" }));
      expect([typeof client.request, client.request.owner, client.request.name]).to.eql([
        "function",
        client.request(),
        new Client().request.name,
      ]);
    });
  });
}

describe("looking at a method is free (law 2)", () => {
  for (const [wayName, way] of Object.entries(ways)) {
    if (wayName === "no known class") continue;
    it(`its properties and metadata, where there is no instance, are the class's (${wayName})`, () => {
      const client = scopedProxy<any>("client", way);
      setFactory(client, () => new Client(), perAsyncContextScope());
      expect([client.query.role, client.query.other, Reflect.getMetadata("roles", client.query)]).to.eql([
        "admin",
        undefined,
        ["admin"],
      ]);
      expect([client.query.name, client.query.length, client.query instanceof Function]).to.eql(["query", 0, true]);
      thrown("NO_CONTEXT", () => (client.query.role = "user"));
      const child = Object.create(client.query);
      child.role = "the child's";
      expect([child.role, client.query.role]).to.eql(["the child's", "admin"]);
      expect(Reflect.defineProperty(Object.getPrototypeOf(client.query), "x", { value: 1 })).to.equal(false);
    });
  }

  it("those of a method that the class has lost are those of any function", () => {
    class Losing {
      query(): number {
        return 1;
      }
    }
    const client = scopedProxy<any>("client", { shape: Losing });
    const { query } = client;
    delete (Losing.prototype as any).query;
    expect([query.role, typeof query.call]).to.eql([undefined, "function"]);
  });

  it("a method that an instance has from the proxy itself has the class's properties", () => {
    const client = scopedProxy<any>("client", { shape: Client });
    const { query } = client;
    setInstance(client, { query });
    expect(query.role).to.equal("admin");
  });

  it("an accessor that throws is not taken for one that has no name", () => {
    const own = new Error("own");
    let reads = 0;
    class Broken {
      get fn(): () => void {
        if (reads++ > 0) throw own;
        return () => {};
      }
    }
    const broken = scopedProxy<Broken>("broken", { shape: Broken });
    setFactory(broken, () => new Broken(), pooledScope({ maxSize: 1, lease: "call" }));
    const { fn } = broken;
    expect(() => fn.name).to.throw(own);
  });
});
