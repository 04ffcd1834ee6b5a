import { EventEmitter } from "node:events";
import { expect } from "chai";
import { perAsyncContextScope, runInContext, scopedProxy, setFactory, sharedScope, unwrap } from "inversify-scopes";
import { thrown } from "../support/errors.js";

class Client extends EventEmitter {
  own = (): Promise<string> => Promise.resolve("own");
  later = async (): Promise<string> => "later";
  secret = "s3cret";
  async get(key: string): Promise<string> {
    return `value of ${key}`;
  }
}

function bound(shape: object, make: () => unknown, more: object = {}): any {
  const proxy = scopedProxy<object>("client", { shape, ...more });
  setFactory(proxy, make as () => object, perAsyncContextScope());
  return proxy;
}

describe("shape: an example of what is made", () => {
  it("its class is known, so that async methods wait, and instanceof holds", async () => {
    const client = bound(new Client(), async () => new Client());
    expect(client).to.be.instanceOf(Client).and.be.instanceOf(EventEmitter);
    expect(client).not.to.be.instanceOf(Map);
    await runInContext(async () => expect(await client.get("x")).to.equal("value of x"));
  });

  it("so are its own members: async functions wait, others can be named, data is there to be asked for", async () => {
    const client = bound(new Client(), async () => new Client(), { defer: ["own"] });
    expect("secret" in client && "own" in client).to.equal(true);
    await runInContext(async () => {
      const got = [client.later(), client.own()];
      expect(await Promise.all(got)).to.eql(["later", "own"]);
      expect(client.secret).to.equal("s3cret");
    });
  });

  it("what it holds is not kept", async () => {
    const client = bound(Object.assign(new Client(), { secret: "the example's" }), () => new Client());
    await runInContext(() => expect(client.secret).to.equal("s3cret"));
    thrown("NO_CONTEXT", () => client.secret as unknown);
  });

  it("the class is that of the prototypes, whatever `constructor` says", async () => {
    class Mixed {
      async get(): Promise<string> {
        return "mixed";
      }
    }
    Object.defineProperty(Mixed.prototype, "constructor", { value: EventEmitter });
    const client = bound(new Mixed(), async () => new Mixed());
    expect(client).to.be.instanceOf(Mixed);
    await runInContext(async () => expect(await client.get()).to.equal("mixed"));
  });

  it("a client that was made of another by Object.create", async () => {
    const client = bound(Object.create(new Client()), async () => Object.create(new Client()) as Client);
    expect(client).to.be.instanceOf(Client);
    await runInContext(async () => expect(await client.get("x")).to.equal("value of x"));
  });

  it("a plain object, with a prototype and without", async () => {
    const plain = { get: async () => "plain" };
    for (const example of [plain, Object.assign(Object.create(null) as object, plain)]) {
      const client = bound(example, async () => ({ ...plain }));
      await runInContext(async () => expect(await client.get()).to.equal("plain"));
    }
  });

  it("what is called itself, with its members", async () => {
    const sql = (): unknown => Object.assign((text: string) => `rows of ${text}`, { end: async () => "ended" });
    const client = bound(sql() as object, sql);
    expect(client).to.be.a("function");
    await runInContext(async () => expect([client("x"), await client.end()]).to.eql(["rows of x", "ended"]));
  });

  it("an array", async () => {
    const client = bound([1, 2], () => [3]);
    await runInContext(() => expect([Array.isArray(client), client.length]).to.eql([true, 1]));
  });

  it("an object of no class tells nothing, and harms nothing", async () => {
    const client = bound({}, () => ({ x: 1 }));
    await runInContext(() => expect(client.x).to.equal(1));
  });

  it("an old-style class is a class, also one with statics", async () => {
    function Old(this: { x: number }): void {
      this.x = 1;
    }
    const client = bound(Old, () => new (Old as unknown as new () => object)());
    expect(client).to.be.instanceOf(Old);
    await runInContext(() => expect(client.x).to.equal(1));
  });

  it("the same example means the same class, for all that compares options", () => {
    const example = new Client();
    const client = scopedProxy<Client>("client", { shape: example });
    setFactory(client, () => new Client(), sharedScope({ shape: example, destroy: () => {} }));
    expect(unwrap(client)).to.be.instanceOf(Client);
    const other = scopedProxy<Client>("other", { shape: example });
    thrown("INVALID_OPTION", () => setFactory(other, () => new Client(), sharedScope({ shape: EventEmitter })));
  });

  it("no proxy of ours, and no thenable", () => {
    const one = scopedProxy<object>("one", {});
    thrown("INVALID_OPTION", () => scopedProxy("two", { shape: one }));
    thrown("NOT_PROXYABLE", () => scopedProxy("two", { shape: Object.assign(new Client(), { then: () => {} }) }));
  });
});
