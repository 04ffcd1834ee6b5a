import "reflect-metadata";
import { expect } from "chai";
import {
  ready,
  runInContext,
  type Scope,
  ScopedContainer,
  perAsyncContextScope,
  pooledScope,
  sharedScope,
  shutdown,
} from "inversify-scopes";
import { rejected, thrown } from "../support/errors.js";
import { gate } from "../support/gate.js";

class Db {
  n = 1;
  async query(): Promise<number> {
    return this.n;
  }
}

const SHUT_DOWN = /^Db.* its container had been shut down .* answer 503/;
const REMOVED = /^Db.* whose binding was removed .* Resolve Db anew/;

const ends: Record<string, (container: ScopedContainer) => unknown> = {
  shutdown,
  unbindAll: (container) => container.unbindAll(),
  unbindAllAsync: (container) => container.unbindAllAsync(),
  "await using": (container) => container[Symbol.asyncDispose](),
};

const scopes: Record<string, () => Scope> = {
  shared: sharedScope,
  "per-async-context": perAsyncContextScope,
  pooled: () => pooledScope(1),
};

describe("UNBOUND tells whether one binding is gone or the whole container was shut down", () => {
  for (const [how, end] of Object.entries(ends)) {
    for (const [kind, scope] of Object.entries(scopes)) {
      it(`${how}, a ${kind} service: nothing can be resolved anew`, async () => {
        const container = new ScopedContainer();
        container.bind(Db).toSelf().inScope(scope());
        const db = container.get(Db);
        await runInContext(() => db.n);
        await end(container);
        await runInContext(async () => {
          expect(thrown("UNBOUND", () => db.n).message).to.match(SHUT_DOWN);
          expect((await rejected("UNBOUND", db.query())).message).to.match(SHUT_DOWN);
          expect((await rejected("UNBOUND", ready(db))).message).to.match(SHUT_DOWN);
        });
      });
    }
  }

  it("a call that still waits for its instance is told so, too", async () => {
    const container = new ScopedContainer();
    const made = gate();
    container
      .bind(Db)
      .toDynamicValue(async () => {
        await made.promise;
        return new Db();
      })
      .inSharedScope({ shape: Db });
    const waiting = rejected("UNBOUND", container.get(Db).query());
    const ending = container.unbindAllAsync();
    made.open();
    expect((await waiting).message).to.match(SHUT_DOWN);
    await ending;
  });

  it("one binding that goes alone is no end of the container", async () => {
    const container = new ScopedContainer();
    container.bind(Db).toSelf().inSharedScope();
    const db = container.get(Db);
    await container.unbindAsync(Db);
    expect(thrown("UNBOUND", () => db.n).message).to.match(REMOVED);
  });

  it("a container in which something is bound again lives: old proxies are to be resolved anew", async () => {
    const container = new ScopedContainer();
    container.bind(Db).toSelf().inSharedScope();
    const db = container.get(Db);
    await container.unbindAllAsync();
    container.bind(Db).toSelf().inSharedScope();
    expect(thrown("UNBOUND", () => db.n).message).to.match(REMOVED);
    expect(container.get(Db).n).to.equal(1);
  });

  it("so does one that is restored", async () => {
    const container = new ScopedContainer();
    container.snapshot();
    container.bind(Db).toSelf().inSharedScope();
    const db = container.get(Db);
    await container.unbindAllAsync();
    container.restore();
    expect(thrown("UNBOUND", () => db.n).message).to.match(REMOVED);
  });
});
