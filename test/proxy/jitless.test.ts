import { expect } from "chai";
import { scopedProxy, setInstance } from "inversify-scopes";
import { runModules, runProgram } from "../support/child.js";

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
    "generated under --jitless, which concerns V8's machine code only": {
      jitless: false,
      flags: ["--jitless"],
      generates: true,
    },
    "closures under --jitless": { jitless: true, flags: ["--jitless"], generates: false },
  };
  if (process.allowedNodeEnvironmentFlags.has("--permission")) {
    ways["generated under --permission"] = {
      jitless: false,
      flags: ["--permission", "--allow-fs-read=*", "--disallow-code-generation-from-strings"],
      generates: true,
    };
  }
  for (const [name, { jitless, flags, generates }] of Object.entries(ways)) {
    it(`${name}: the same results, and no member's name is ever code`, async () => {
      const printed = await runProgram(program.replaceAll("JITLESS", String(jitless)), "--no-warnings", ...flags);
      expect(printed.split("\n")).to.eql([...expected, String(generates)]);
    });
  }

  describe("where the process refuses to compile scripts", () => {
    /** As a policy or another runtime does it: nothing but the first attempt tells. */
    const hardened = (error: string): string => `
      import { syncBuiltinESMExports } from "node:module";
      import vm from "node:vm";
      const native = vm.Script;
      globalThis.attempts = 0;
      vm.Script = class {
        constructor() {
          attempts++;
          throw ${error};
        }
      };
      syncBuiltinESMExports();
      globalThis.allow = () => {
        vm.Script = native;
        syncBuiltinESMExports();
      };
    `;

    it("closures forward without the option, after one attempt", async () => {
      const refusing = hardened(`new EvalError("Code generation from strings disallowed for this context")`);
      const printed = await runModules(
        `${refusing}\n${program.replaceAll("JITLESS", "false")}\nconsole.log(attempts);`,
        "--no-warnings",
      );
      expect(printed.split("\n")).to.eql([...expected, "false", "1"]);
    });

    it("nothing is tried before a member is used", async () => {
      const refusing = hardened(`new EvalError("no")`);
      const printed = await runModules(`
        ${refusing}
        const { scopedProxy } = await import("inversify-scopes");
        class Service { hello() {} }
        scopedProxy("service", { shape: Service });
        console.log(attempts);
      `);
      expect(printed).to.equal("0");
    });

    it("a full stack is no refusal: the call fails as any would, and the next one generates", async () => {
      const refusing = hardened(`new RangeError("Maximum call stack size exceeded")`);
      const printed = await runModules(`
        ${refusing}
        const { scopedProxy, setInstance } = await import("inversify-scopes");
        class Service { hello() { return "hello"; } }
        const service = scopedProxy("service", { shape: Service });
        setInstance(service, new Service());
        try {
          service.hello();
        } catch (error) {
          console.log(error.name);
        }
        allow();
        let generated = 0;
        const { runInThisContext } = vm.Script.prototype;
        vm.Script.prototype.runInThisContext = function (...args) {
          generated++;
          return Reflect.apply(runInThisContext, this, args);
        };
        console.log(service.hello(), attempts, generated);
      `);
      expect(printed.split("\n")).to.eql(["RangeError", "hello 1 1"]);
    });
  });

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
