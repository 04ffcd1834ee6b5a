import { expect } from "chai";
import { pooledScope, poolOf, runInContext, scopedProxy, setFactory } from "inversify-scopes";

import { thrown } from "../support/errors.js";

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
    thrown("INVALID_OPTION", () => poolOf(new Client()));
  });
});
