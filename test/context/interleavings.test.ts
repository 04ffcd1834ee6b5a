import { AsyncResource } from "node:async_hooks";
import { expect } from "chai";
import fc from "fast-check";
import { currentContext, runInContext } from "inversify-scopes";
import { reasonOf } from "../support/errors.js";
import { type Gate, gate, turn } from "../support/gate.js";
import { perContextMade, Thing } from "../support/things.js";
import { warningsDuring } from "../support/warnings.js";

/** What may happen, in any order, to a tree of contexts. */
type Step =
  | { readonly do: "begin"; readonly context: number }
  | { readonly do: "end"; readonly context: number; readonly fails: boolean }
  | { readonly do: "touch"; readonly context: number; readonly service: number; readonly defers: boolean }
  | { readonly do: "arrive"; readonly arrival: number; readonly fails: boolean }
  | { readonly do: "pass" };

const context = fc.nat(5);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant("begin" as const), context }),
  fc.record({ do: fc.constant("end" as const), context, fails: fc.boolean() }),
  fc.record({ do: fc.constant("touch" as const), context, service: fc.nat(3), defers: fc.boolean() }),
  fc.record({ do: fc.constant("arrive" as const), arrival: fc.nat(5), fails: fc.boolean() }),
  fc.record({ do: fc.constant("pass" as const) }),
);

class Counted extends Thing {
  alive = true;
  constructor(readonly context: number) {
    super();
  }
  override hello(): string {
    if (!this.alive) throw new Error("a use of what had ended");
    return String(this.context);
  }
  override async later(): Promise<string> {
    return this.hello();
  }
}

interface Open {
  readonly id: number;
  readonly body: Gate;
  readonly run: <R>(fn: () => R) => R;
  readonly done: Promise<unknown>;
}

/** Plays the steps, then lets everything come to its end. */
async function play(steps: readonly Step[]): Promise<void> {
  const arrivals: Gate[] = [];
  const made: Counted[] = [];
  const ended: Counted[] = [];
  const make = (): Counted => {
    const thing = new Counted(currentContext()!.id);
    made.push(thing);
    return thing;
  };
  const destroy = (thing: Thing): void => {
    const counted = thing as Counted;
    expect(counted.alive, "ended once").to.equal(true);
    counted.alive = false;
    ended.push(counted);
  };
  const services = [0, 1, 2, 3].map((i) =>
    perContextMade(
      `service ${i}`,
      i < 2
        ? make
        : async () => {
            const arrival = gate();
            arrivals.push(arrival);
            await arrival.promise;
            return make();
          },
      { destroy },
    ),
  );
  const open: Open[] = [];
  const calls: Promise<unknown>[] = [];
  const all: Open[] = [];
  const begin = (parent: Open | undefined): void => {
    const body = gate();
    let run!: Open["run"];
    let id = 0;
    const go = (): Promise<unknown> =>
      reasonOf(
        runInContext(() => {
          id = currentContext()!.id;
          const resource = new AsyncResource("test");
          run = (fn) => resource.runInAsyncScope(fn);
          return body.promise;
        }).then(() => Promise.reject(OVER)),
      );
    const done = parent === undefined ? go() : parent.run(go);
    const begun = { id, body, run, done };
    open.push(begun);
    all.push(begun);
  };
  for (const each of steps) {
    if (each.do === "pass") await turn();
    else if (each.do === "arrive") {
      if (each.fails) arrivals[each.arrival]?.fail(new Error("no arrival"));
      else arrivals[each.arrival]?.open();
    } else if (each.do === "begin") begin(open[each.context]);
    else {
      const subject = all[each.context];
      if (subject === undefined) continue;
      if (each.do === "end") {
        if (each.fails) subject.body.fail(new Error("body"));
        else subject.body.open();
        const index = open.indexOf(subject);
        if (index >= 0) open.splice(index, 1);
      } else {
        const service = services[each.service]!;
        const use = (): Promise<unknown> =>
          Promise.resolve().then(() => (each.defers ? service.later() : service.hello()));
        // Whatever is served is the context's own; whatever is not is a typed error.
        calls.push(
          subject.run(use).then(
            (answer) => expect(answer).to.equal(String(subject.id)),
            (error: unknown) => expect(error).to.have.property("code"),
          ),
        );
      }
    }
  }
  for (const each of all) each.body.open();
  await turn();
  for (const arrival of arrivals) arrival.open();
  await Promise.all(all.map(({ done }) => done));
  for (const arrival of arrivals) arrival.open();
  await Promise.all(calls);
  await turn();
  expect(new Set(ended).size, "all that was made was ended, once").to.equal(made.length);
  expect(ended).to.have.length(made.length);
}

const OVER = new Error("over");

describe("laws 1, 6 and 7 in any order of events", () => {
  it("every touch is served by its own context's living instance or a typed error; all that is made is ended once", async () => {
    // What fails with nobody waiting for it is told in warnings.
    await warningsDuring(() =>
      fc.assert(fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), play), { numRuns: 100 }),
    );
  });
});
