import { expect } from "chai";
import { scopedProxy, setInstance } from "inversify-scopes";
import { runProgram } from "../support/child.js";

const program = `
  import { runInContext, scopedProxy, setFactory, sharedScope } from "inversify-scopes";
  import { Script } from "node:vm";
  let generated = 0;
  const { runInThisContext } = Script.prototype; // read-only in Bun
  Object.defineProperty(Script.prototype, "runInThisContext", {
    value(...args) { generated++; return Reflect.apply(runInThisContext, this, args); },
  });
  class Base { get inherited() { return this.own + 1; } }
  class Service extends Base {
    #hidden = 1; own = 2;
    add(a, b, c, d, e, f) { return [this.#hidden, a, b, c, d, e, f].filter((x) => x !== undefined); }
    async later() { return this.#hidden; }
    self() { return this; }
    set hidden(value) { this.#hidden = value; }
    ["weird name; \\" + process.exit(1) + \\"']"]() { return "harmless"; }
  }
  const service = scopedProxy("service", { shape: Service, jitless: JITLESS });
  setFactory(service, () => new Service(), "per-async-context");
  const other = scopedProxy("other", { shape: Service, jitless: JITLESS });
  setFactory(other, () => new Service(), sharedScope());
  await runInContext(async () => {
    for (let i = 0; i < 3; i++) {
      service.hidden = 1 + i;
      service.own = 2;
      console.log(JSON.stringify([
        service.add(), service.add(1), service.add(1, 2, 3, 4, 5, 6), await service.later(), service.self() === service,
        service.inherited, Object.keys(service), other.add(9), service["weird name; \\" + process.exit(1) + \\"']"](),
      ]));
    }
  });
  console.log(generated > 0);
`;
const expected = [1, 2, 3].map((hidden) =>
  JSON.stringify([[hidden], [hidden, 1], [hidden, 1, 2, 3, 4, 5, 6], hidden, true, 3, ["own"], [1, 9], "harmless"]),
);

describe("forwarders with and without generated code", () => {
  const ways: Record<string, { jitless: boolean; flags: string[]; generates: boolean }> = {
    "generated where that is allowed": { jitless: false, flags: [], generates: true },
    "closures on demand": { jitless: true, flags: [], generates: false },
    "generated under --disallow-code-generation-from-strings, which does not concern scripts": {
      jitless: false,
      flags: ["--disallow-code-generation-from-strings"],
      generates: true,
    },
    "closures under --jitless": { jitless: true, flags: ["--jitless"], generates: false },
  };
  for (const [name, { jitless, flags, generates }] of Object.entries(ways)) {
    it(`${name}: the same results, and no member's name is ever code`, async () => {
      const printed = await runProgram(program.replaceAll("JITLESS", String(jitless)), "--no-warnings", ...flags);
      expect(printed.split("\n")).to.eql([...expected, String(generates)]);
    });
  }

  it("needs no text to be made a function of", async () => {
    class Service {
      field = 1;
      hello(word: string): string {
        return `hello ${word} ${this.field}`;
      }
    }
    const native = globalThis.Function;
    globalThis.Function = class {
      constructor() {
        throw new EvalError("Code generation from strings disallowed for this context");
      }
    } as never;
    try {
      const service = scopedProxy<Service>("service", { shape: Service });
      setInstance(service, new Service());
      expect(service.hello("you")).to.equal("hello you 1");
      expect(Object.keys(service)).to.eql(["field"]);
    } finally {
      globalThis.Function = native;
    }
  });
});
