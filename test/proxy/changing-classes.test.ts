import { expect } from "chai";
import { runInContext, ScopedContainer } from "inversify-scopes";

type Options = { proxy?: "full"; jitless?: true };

function bind<T extends object>(shape: new () => T, options: Options): any {
  const container = new ScopedContainer();
  container.bind<T>(shape).toSelf().inPerAsyncContextScope(options);
  return container.get<T>(shape);
}

/** A container for each test, or each tenant, binds one class again and again; between two of them the class may change. */
for (const options of [{}, { jitless: true }, { proxy: "full" }] as const) {
  describe(`a class that changes between two bindings (${JSON.stringify(options)})`, () => {
    it("a spy that was put on and taken off: each name means the method of that name", async () => {
      class Repository {
        load(): string {
          return "loaded";
        }
        remove(): string {
          return "removed";
        }
      }
      const first = bind(Repository, options);
      await runInContext(() => expect([first.load(), first.remove()]).to.eql(["loaded", "removed"]));
      const { load } = Repository.prototype;
      Reflect.deleteProperty(Repository.prototype, "load");
      Repository.prototype.load = load;
      const second = bind(Repository, options);
      for (const each of [first, second]) {
        await runInContext(() => expect([each.load(), each.remove()]).to.eql(["loaded", "removed"]));
      }
    });

    it("a method that a plugin adds, one that is gone, one with other parameters, one that becomes an accessor", async () => {
      class Base {
        close(): string {
          return "closed";
        }
      }
      class Repository extends Base {
        load(a: number): unknown[] {
          return [a];
        }
        gone(): void {}
        turned(): string {
          return "method";
        }
      }
      const prototype = Repository.prototype as any;
      const first = bind(Repository, options);
      await runInContext(() =>
        expect([first.load(1), first.close(), first.turned()]).to.eql([[1], "closed", "method"]),
      );
      prototype.added = () => "added";
      prototype.load = (a: number, b: number) => [a, b];
      delete prototype.gone;
      Object.defineProperty(prototype, "turned", { get: () => "accessor", configurable: true });
      const second = bind(Repository, options);
      await runInContext(() => {
        expect([second.load(1, 2), second.added(), second.close()]).to.eql([[1, 2], "added", "closed"]);
        expect([second.turned, second.gone, second.load.length]).to.eql(["accessor", undefined, 2]);
        expect([first.load(1, 2), first.added()]).to.eql([[1, 2], "added"]);
      });
    });

    it("one that from now on returns its instance (law 9)", async () => {
      class Repository {
        self(): unknown {
          return 1;
        }
      }
      await runInContext(() => expect(bind(Repository, options).self()).to.equal(1));
      Repository.prototype.self = function () {
        return this;
      };
      const second = bind(Repository, options);
      await runInContext(() => expect(second.self()).to.equal(second));
    });

    for (const length of [
      "(globalThis.wasRun = true)",
      { toString: () => "(globalThis.wasRun = true)" },
      2n,
      Symbol("s"),
      -1,
      1.5,
    ]) {
      it(`a method's length is never code, and may be anything: ${typeof length} ${String(length)}`, async () => {
        class Stub {
          call(...args: unknown[]): string {
            return args.join();
          }
        }
        Object.defineProperty(Stub.prototype.call, "length", { value: length });
        const stub = bind(Stub, options);
        await runInContext(() => expect(stub.call(1, 2)).to.equal("1,2"));
        expect((globalThis as { wasRun?: true }).wasRun).to.equal(undefined);
        expect(stub.call.length).to.equal(length);
      });
    }

    it("a length that is a getter is not asked for, one that is gone is none", async () => {
      class Stub {
        asked(): number {
          return arguments.length;
        }
        gone(): number {
          return arguments.length;
        }
      }
      Object.defineProperty(Stub.prototype.asked, "length", { get: () => expect.fail("asked") });
      Reflect.deleteProperty(Stub.prototype.gone, "length");
      const stub = bind(Stub, options);
      await runInContext(() => expect([stub.asked(1), stub.gone(1, 2), stub.gone.length]).to.eql([1, 2, 0]));
    });
  });
}
