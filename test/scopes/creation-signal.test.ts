import "reflect-metadata";

import { expect } from "chai";
import { injectable } from "inversify";
import {
  creationSignal,
  keyedScope,
  perAsyncContextScope,
  pooled,
  type PooledOptions,
  pooledScope,
  poolOf,
  ready,
  runInContext,
  ScopedContainer,
  scopedModule,
  sharedScope,
  use,
} from "inversify-scopes";

import { VirtualClock } from "../support/clock.js";
import { rejected } from "../support/errors.js";
import { gate, turn } from "../support/gate.js";
import { secondCopy } from "../support/second-copy.js";
import { serviceOf } from "../support/services.js";

class Seat {
  async sit(): Promise<string> {
    return "here";
  }
}

/** A factory that waits until its signal aborts, and says why it did. */
function waiting(): { readonly factory: () => Promise<Seat>; readonly reasons: unknown[] } {
  const reasons: unknown[] = [];
  const factory = async (): Promise<Seat> => {
    await turn();
    const signal = creationSignal()!;
    await new Promise((resolve) => {
      signal.addEventListener("abort", resolve);
    });
    reasons.push(signal.reason);
    throw signal.reason;
  };
  return { factory, reasons };
}

const options = (more: Partial<PooledOptions<Seat>> = {}): PooledOptions<Seat> => ({
  maxSize: 1,
  clock: new VirtualClock(),
  logger: { warn() {} },
  ...more,
});

describe("creationSignal", () => {
  it("aborts when createTimeoutMs is up, and the slot is free for the next one", async () => {
    const clock = new VirtualClock();
    const { factory, reasons } = waiting();
    let made = 0;
    const seat = serviceOf(
      Seat,
      () => (made++ === 0 ? factory() : new Seat()),
      pooledScope<Seat>(options({ clock, createTimeoutMs: 100 })),
      "seat",
    );
    const first = rejected(
      "CREATE_TIMEOUT",
      use(seat, () => {}),
    );
    const second = use(seat, (it) => it.sit());
    await clock.advance(100);
    await first;
    expect(reasons).to.have.length(1);
    expect(reasons[0]).to.have.property("code", "CREATE_TIMEOUT");
    expect(await second).to.equal("here");
    expect(poolOf(seat).stats()).to.include({ size: 1, timedOutStillRunning: 0 });
  });

  it("aborts when the pool closes, so that an end of the process waits for nothing", async () => {
    const { factory, reasons } = waiting();
    const container = new ScopedContainer();
    container.bind(Seat).toDynamicValue(factory).inPooledScope(options());
    const seat = container.get(Seat);
    const first = rejected(
      "UNBOUND",
      use(seat, () => {}),
    );
    await turn();
    await container.unbindAllAsync();
    await first;
    expect(reasons[0]).to.have.property("code", "POOL_CLOSED");
  });

  it("is there in every kind of recipe, in its synchronous part and after an await", async () => {
    const seen: (AbortSignal | undefined)[] = [];
    const look = (): void => void seen.push(creationSignal());
    class Chair extends Seat {
      constructor() {
        super();
        look();
      }
    }
    @injectable()
    class Providers {
      @pooled(1, { provides: Seat })
      async seat(): Promise<Seat> {
        look();
        await turn();
        look();
        return new Seat();
      }
    }
    const container = new ScopedContainer();
    container.bind<Seat>("class").to(Chair).inPooledScope(options());
    container
      .bind<Seat>("keyed")
      .toDynamicValue(() => new Chair())
      .inScope(keyedScope({ key: () => "acme", scope: pooledScope<Seat>(options()) }));
    container.load(scopedModule(Providers));
    for (const name of ["class", "keyed", Seat]) {
      await use(container.get<Seat>(name), () => expect(creationSignal()).to.equal(undefined));
    }
    expect(seen).to.have.length(4);
    for (const signal of seen) expect(signal?.aborted).to.equal(false);
    expect(new Set(seen).size).to.equal(3);
  });

  it("belongs to one creation", async () => {
    const signals: (AbortSignal | undefined)[] = [];
    const go = gate();
    const factory = async (): Promise<Seat> => {
      await go.promise;
      signals.push(creationSignal());
      return new Seat();
    };
    const seat = serviceOf(Seat, factory, pooledScope<Seat>(options({ maxSize: 2 })), "seat");
    const both = [use(seat, () => {}), use(seat, () => {})];
    go.open();
    await Promise.all(both);
    expect(new Set(signals).size).to.equal(2);
  });

  it("is nowhere else: in hooks, in factories of other scopes, in a context, outside, after the factory", async () => {
    const seen: unknown[] = [];
    const look = (): void => void seen.push(creationSignal());
    const end = gate();
    look();
    const hooks = options({ onCreate: look, onAcquire: look, onRelease: look, destroy: look });
    const seat = serviceOf(
      Seat,
      () => {
        void end.promise.then(look);
        return new Seat();
      },
      pooledScope<Seat>(hooks),
      "seat",
    );
    await runInContext(async () => {
      look();
      await ready(seat);
    });
    end.open();
    await poolOf(seat).close();
    for (const scope of [sharedScope<Seat>(), perAsyncContextScope<Seat>()]) {
      const other = serviceOf(Seat, () => (look(), new Seat()), scope, "other");
      await runInContext(() => other.sit());
    }
    expect(seen).to.eql(Array.from({ length: seen.length }, () => undefined));
    expect(seen).to.have.length(9);
  });

  it("is told by another copy of the package, too", async () => {
    const copy = await secondCopy();
    const seen: unknown[] = [];
    const factory = async (): Promise<Seat> => {
      seen.push(copy.main.creationSignal(), creationSignal());
      return new Seat();
    };
    const seat = serviceOf(Seat, factory, pooledScope<Seat>(options()), "seat");
    await use(seat, () => {});
    expect(seen[0]).to.be.instanceOf(AbortSignal);
    expect(seen[0]).to.equal(seen[1]);
    await copy.remove();
  });
});
