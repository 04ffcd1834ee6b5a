import { enter } from "../../context/enter.js";
import { InnerStore } from "../../context/inner-store.js";
import { endedWhileWaiting } from "../../context/errors.js";
import { als, type StoreInContext } from "../../context/store.js";
import { isNativePromise } from "../../base/native-promise.js";
import type { Operation, SeesCalls } from "../../proxy/source.js";
import { whenThere } from "../../proxy/wait.js";
import type { ContextLease, Lender } from "./context-lease.js";
import { concurrentUse } from "./errors.js";
import type { Follower, Turn } from "./returned-promises.js";
import { Turns } from "./turns.js";

/** A source whose calls take turns. */
interface TurnSource extends Lender {
  /** The current context's lease, if it has one. */
  leased(): ContextLease | undefined;
}

/** A call that runs. The store of all that it does knows it, and the calls around it. */
class Call implements SeesCalls, Turn {
  readonly leased: ContextLease;
  readonly outer: Call | undefined;
  isOver = false;
  isFollowed = false;
  readonly follower: Follower;

  constructor(leased: ContextLease, outer: Call | undefined, follower: Follower) {
    this.leased = leased;
    this.outer = outer;
    this.follower = follower;
  }

  get slot(): number | undefined {
    return this.follower.slot;
  }

  returned(result: object, member: PropertyKey): unknown {
    return this.follower.returned(result, member, this);
  }

  /** The next call may run. */
  over(): void {
    this.isOver = true;
    this.leased.turns!.pass();
  }
}

/** Tries a call anew, or says why not, if the instance was given back or taken back before the call's turn. */
type Again = (operation: Operation, leased: ContextLease) => unknown;

/** The option `concurrency`: one call at a time on a leased instance. Calls inside a call are part of it. */
export function oneAtATime(source: TurnSource, mode: "serialize" | "throw"): (operation: Operation) => unknown {
  return function around(operation): unknown {
    const instance = source.acquireNow(operation.member);
    if (instance === undefined) return waitFor(source, operation, around);
    if (!operation.isCall) return operation.run(instance, source);
    return inTurn(source.leased()!, operation, mode, around);
  };
}

/** A function of its own: V8 makes room for closures when a function begins, even if it makes none. */
function waitFor(source: TurnSource, operation: Operation, around: (operation: Operation) => unknown): unknown {
  if (operation.deferrable) {
    const run = (): unknown => around(operation);
    return whenThere(source.service.name, source, run, run);
  }
  if (operation.late !== undefined) return operation.late();
  throw source.unavailableError(operation.member);
}

/**
 * Calls the instance of a lease as soon as no other call runs on it.
 *
 * @param follower - waits for the end of the call, in the place of the lease
 */
export function inTurn(
  leased: ContextLease,
  operation: Operation,
  mode: "serialize" | "throw",
  again: Again,
  follower: Follower = leased,
): unknown {
  const turns = (leased.turns ??= new Turns());
  const store = als.getStore() as StoreInContext;
  if (!turns.areTaken) return run(leased, operation, store, follower);
  if (isInside(store, leased)) return operation.run(leased.instance!, follower);
  const { member, deferrable, late } = operation;
  if (mode === "throw" || (!deferrable && late === undefined)) throw concurrentUse(leased.service, member, mode);
  const result = deferrable ? runLater(leased, operation, turns, again, follower) : (late!() as object);
  return follower.queued === undefined ? result : follower.queued(result);
}

function runLater(
  leased: ContextLease,
  operation: Operation,
  turns: Turns,
  again: Again,
  follower: Follower,
): Promise<unknown> {
  const { instance } = leased;
  return turns.next().then(() => {
    if (leased.instance === instance) return run(leased, operation, als.getStore() as StoreInContext, follower);
    if (leased.context.state !== "active") throw endedWhileWaiting(leased.context, [leased.service]);
    return again(operation, leased);
  });
}

function run(leased: ContextLease, operation: Operation, store: StoreInContext, follower: Follower): unknown {
  const call = new Call(leased, store.call as Call | undefined, follower);
  leased.turns!.areTaken = true;
  let result: unknown;
  try {
    const inner = new InnerStore(store.context, store.construction, call, store.transaction);
    result = enter(inner, runOn, operation, call);
    // What a driver of transactions is told has no follower.
    if (!call.isFollowed && isNativePromise(result)) follow(result, call);
    return result;
  } finally {
    // Another thenable may do its work when `then` is called. We do not call it.
    if (!call.isFollowed) call.over();
  }
}

function runOn(_: InnerStore, operation: Operation, call: Call): unknown {
  return operation.run(call.leased.instance!, call);
}

/** A function of its own, as {@link waitFor}. */
function follow(result: Promise<unknown>, call: Call): void {
  const over = (): void => call.over();
  result.then(over, over);
  call.isFollowed = true;
}

function isInside(store: StoreInContext, leased: ContextLease): boolean {
  let call = store.call as Call | undefined;
  while (call !== undefined && (call.leased !== leased || call.isOver)) call = call.outer;
  return call !== undefined;
}
