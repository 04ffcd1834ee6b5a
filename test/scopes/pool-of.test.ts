import "reflect-metadata";
import { expect } from "chai";
import { pooledScope, poolOf, runInContext, ScopedContainer, scopedProxy, setFactory } from "inversify-scopes";

import { rejected, thrown } from "../support/errors.js";

class Client {
  async query(): Promise<string> {
    return "rows";
  }
}

describe("poolOf", () => {
  for (const lease of ["context", "call"] as const) {
    it(`is the pool of a pooled service (lease: ${lease})`, async () => {
      const client = scopedProxy<Client>("client", { shape: Client });
      setFactory(client, () => new Client(), pooledScope({ maxSize: 3, lease }));
      expect(poolOf(client).stats()).to.include({ label: "client", maxSize: 3, size: 0 });
      await runInContext(() => client.query());
      expect(poolOf(client).stats()).to.include({ size: 1, idle: 1, uses: 1 });
    });
  }

  it("refuses a service that is not pooled", () => {
    const client = scopedProxy<Client>("client", { shape: Client });
    setFactory(client, () => new Client());
    expect(thrown("INVALID_OPTION", () => poolOf(client)).message)
      .to.include("client")
      .and.include("pooled scope");
    expect(thrown("INVALID_OPTION", () => poolOf(new Client())).message).to.match(/^poolOf: /);
  });

  for (const lease of ["context", "call"] as const) {
    it(`closed by whoever asked for it: POOL_CLOSED, since the binding is there (lease: ${lease})`, async () => {
      const client = scopedProxy<Client>("client", { shape: Client });
      setFactory(client, () => new Client(), pooledScope({ maxSize: 1, lease }));
      await poolOf(client).close();
      await runInContext(() => rejected("POOL_CLOSED", (async () => client.query())()));
    });
  }

  describe("after unbind", () => {
    const bound = (): { readonly container: ScopedContainer; readonly client: Client } => {
      const container = new ScopedContainer();
      container.bind(Client).toSelf().inPooledScope(1);
      return { container, client: container.get(Client) };
    };

    for (const way of ["unbind", "unbindAsync", "unbindAll", "unbindAllAsync", "rebind", "rebindAsync"] as const) {
      it(`is the pool as it closes (${way})`, async () => {
        const { container, client } = bound();
        await runInContext(() => client.query());
        const pool = poolOf(client);
        await container[way](Client);
        expect(poolOf(client)).to.equal(pool);
        expect(pool.stats().state).to.equal("closed");
      });
    }

    it("is closing while something of it is leased", async () => {
      const { container, client } = bound();
      await runInContext(async () => {
        await client.query();
        await container.unbindAsync(Client);
        expect(poolOf(client).stats()).to.include({ state: "closing", leased: 1 });
      });
      expect(poolOf(client).stats()).to.include({ state: "closed", size: 0 });
    });

    it("UNBOUND if there never was one: none is made any more", async () => {
      const { container, client } = bound();
      await container.unbindAllAsync();
      expect(thrown("UNBOUND", () => poolOf(client)).service).to.equal("Client");
    });

    it("is a new one after restore()", async () => {
      const { container, client } = bound();
      const before = poolOf(client);
      container.snapshot();
      container.unbind(Client);
      container.restore();
      expect(poolOf(client)).to.not.equal(before);
      expect(poolOf(client).stats().state).to.equal("open");
    });

    it("INVALID_OPTION for what was not pooled", async () => {
      const container = new ScopedContainer();
      container.bind(Client).toSelf().inSharedScope();
      const client = container.get(Client);
      container.unbind(Client);
      thrown("INVALID_OPTION", () => poolOf(client));
    });
  });
});
