import { AsyncLocalStorage } from "node:async_hooks";
import { expect } from "chai";
import { runInContext, ScopedContainer } from "inversify-scopes";

import { runProgram } from "../support/child.js";

type Scope = "shared" | "per-async-context";

/** A chain of services, each of whose factories touches the next one before it is done. */
class Chain {
  readonly container = new ScopedContainer();
  /** How many factories the innermost one was called through, and in how many calls. */
  calls = 0;
  readonly #ids: symbol[];

  /** @param inner - the scope of the second half of it */
  constructor(length: number, outer: Scope, inner: Scope) {
    this.#ids = Array.from({ length }, (_, i) => Symbol(`link ${i}`));
    for (const [i, id] of this.#ids.entries()) {
      this.container
        .bind<object>(id)
        .toDynamicValue(() => this.#make(i))
        .inScope(i < length / 2 ? outer : inner);
    }
  }

  touch(i = 0): unknown {
    return this.container.get<{ n: number }>(this.#ids[i]!).n;
  }

  #make(i: number): object {
    if (i + 1 < this.#ids.length) this.touch(i + 1);
    else this.calls = depth();
    return { n: i };
  }
}

/** How many functions are being called. */
function depth(): number {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = Infinity;
  const { length } = new Error("here").stack!.split("\n");
  Error.stackTraceLimit = stackTraceLimit;
  return length;
}

async function callsALink(outer: Scope, inner: Scope): Promise<number> {
  const [short, long] = [new Chain(10, outer, inner), new Chain(30, outer, inner)];
  await runInContext(() => [short.touch(), long.touch()]);
  return (long.calls - short.calls) / 20;
}

/** Chains longer than the stack, each in a process of its own: nothing of it has been called, and compiled, before. */
const OVERFLOWING = `
  import { runInContext, ScopedContainer } from "inversify-scopes";
  let isEndless = true;
  const deeper = (calls, fn) => calls === 0 ? fn() : [calls].map(() => deeper(calls - 1, fn))[0]; // JavaScriptCore's stack has room for some thousand factories
  const made = new Set();
  const container = new ScopedContainer();
  const links = Array.from({ length: 1_500 }, (_, i) => Symbol("link " + i));
  for (const [i, link] of links.entries()) {
    container.bind(link).toDynamicValue(() => {
      if (isEndless && i + 1 < links.length) deeper(20, () => container.get(links[i + 1]).n);
      const one = { n: i };
      made.add(one);
      return one;
    }).inScope(scope);
    container.onDeactivation(link, (one) => void made.delete(one));
  }
  await runInContext(async () => {
    try {
      container.get(links[0]).n;
    } catch (error) {
      console.log(error.name + ": " + error.message.replace(/\\.$/, ""));
    }
    await null;
    isEndless = false;
    const wrong = links.filter((link, i) => container.get(links[i]).n !== i);
    console.log("wrong:", wrong.length, "made:", made.size);
  });
  await container.unbindAllAsync();
  console.log("left:", made.size);
`;

describe("chains of factories", () => {
  // inversify's own take seven calls a link, whose factories call ctx.get themselves; ours are called through a proxy.
  it("take few calls a link, so that they may be long: shared ones", async () => {
    expect(await callsALink("shared", "shared")).to.be.at.most(14);
  });

  it("also per async context, and mixed", async () => {
    expect(await callsALink("per-async-context", "per-async-context")).to.be.at.most(11);
    expect(await callsALink("per-async-context", "shared")).to.be.at.most(13);
  });

  for (const scope of ["shared", "per-async-context"]) {
    it(`that are longer than the stack fail with its RangeError, and nothing stays half-made: ${scope}`, async () => {
      const stdout = await runProgram(`const scope = "${scope}";${OVERFLOWING}`);
      expect(stdout.split("\n")).to.deep.equal([
        "RangeError: Maximum call stack size exceeded",
        "wrong: 0 made: 1500",
        "left: 0",
      ]);
    });
  }

  it("leave every AsyncLocalStorage as it was", async () => {
    const other = new AsyncLocalStorage<string>();
    const container = new ScopedContainer();
    const seen: unknown[] = [];
    container
      .bind<object>("entered in the factory")
      .toDynamicValue(() => {
        seen.push(other.getStore());
        other.enterWith("the factory's");
        return {};
      })
      .inSharedScope();
    container
      .bind<{ n: number }>("outer")
      .toDynamicValue(() => {
        void container.get<{ n?: number }>("entered in the factory").n;
        seen.push(other.getStore());
        return { n: 1 };
      })
      .inSharedScope();
    await other.run("the request's", () =>
      runInContext(() => {
        expect(container.get<{ n: number }>("outer").n).to.equal(1);
        seen.push(other.getStore());
      }),
    );
    expect(seen).to.deep.equal([undefined, undefined, "the request's"]);
  });
});
