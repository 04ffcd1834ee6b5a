import type { Context } from "../context/context.js";
import { als } from "../context/store.js";
import { ScopeError } from "../errors.js";
import { isThenable } from "../is-thenable.js";
import type { Operation } from "../proxy/source.js";
import type { LeasedInstance } from "./leased-instance.js";
import type { PooledSource } from "./pooled.js";

/** The calls inside which we are, innermost first; told by the store. */
interface Inside {
  readonly leased: LeasedInstance;
  readonly outer: Inside | undefined;
}

/** `concurrency`: one call at a time on a leased instance; calls made inside a call are part of it. */
export function oneAtATime(source: PooledSource, mode: "serialize" | "throw"): (operation: Operation) => unknown {
  return function around(operation): unknown {
    const instance = source.now(operation.member);
    if (instance === undefined) {
      if (operation.deferrable) return source.later().then(() => around(operation));
      throw source.why(operation.member);
    }
    if (!operation.isCall) return operation.run(instance);
    const leased = source.leased()!;
    if (isInside(leased)) return operation.run(instance);
    if (leased.lastCall === undefined) return takeTurn(leased, run(leased, operation, instance));
    if (mode === "throw" || !operation.deferrable) throw concurrentUse(source.service.name, operation, mode);
    const turn = leased.lastCall.then(() => {
      // The context may have ended, or given the instance back, while the call waited for its turn.
      if (leased.now() !== instance) throw leased.context.closedError(source.service.name, operation.member);
      return run(leased, operation, instance);
    });
    return takeTurn(leased, turn);
  };
}

/** Until its promise has settled, others on the same instance are concurrent to a call. */
function takeTurn(leased: LeasedInstance, result: unknown): unknown {
  if (!isThenable(result)) return result;
  const over = (): void => {
    if (leased.lastCall === settled) leased.lastCall = undefined;
  };
  const settled = Promise.resolve(result).then(over, over);
  leased.lastCall = settled;
  return result;
}

function run(leased: LeasedInstance, operation: Operation, instance: object): unknown {
  const store = als.getStore() as Context & { readonly inside?: Inside };
  const inside: Inside = { leased, outer: store.inside };
  return als.run(Object.create(store, { inside: { value: inside } }) as Context, () => operation.run(instance));
}

function isInside(leased: LeasedInstance): boolean {
  let inside = (als.getStore() as Context & { readonly inside?: Inside }).inside;
  while (inside !== undefined && inside.leased !== leased) inside = inside.outer;
  return inside !== undefined;
}

function concurrentUse(service: string, { member }: Operation, mode: string): ScopeError {
  const advice =
    mode === "throw"
      ? `Await the first call, or bind with concurrency "serialize" or "allow".`
      : `It is synchronous and cannot wait its turn: await the other call first, or name it in \`defer\`.`;
  return new ScopeError(
    "CONCURRENT_USE",
    `${service}.${String(member)} was called while another call on the same instance is under way. ${advice}`,
    { service },
  );
}
