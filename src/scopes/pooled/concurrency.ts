import type { Context } from "../../context/context.js";
import { enter } from "../../context/enter.js";
import { InnerStore } from "../../context/inner-store.js";
import { endedWhileWaiting } from "../../context/errors.js";
import { als } from "../../context/store.js";
import { isNativePromise } from "../../base/native-promise.js";
import type { Operation } from "../../proxy/source.js";
import { whenThere } from "../../proxy/wait.js";
import type { ContextLease, Lender } from "./context-lease.js";
import { concurrentUse } from "./errors.js";

/** A source whose calls take turns. */
interface TurnSource extends Lender {
  /** The current context's lease, if it has one. */
  leased(): ContextLease | undefined;
}

/** A call that runs. The store of all that it does knows it, and the calls around it. */
interface Call {
  readonly leased: ContextLease;
  readonly outer: Call | undefined;
  isOver: boolean;
}

/** The option `concurrency`: one call at a time on a leased instance. Calls inside a call are part of it. */
export function oneAtATime(source: TurnSource, mode: "serialize" | "throw"): (operation: Operation) => unknown {
  const service = source.service.name;
  return function around(operation): unknown {
    const instance = source.acquireNow(operation.member);
    if (instance === undefined) {
      if (operation.deferrable)
        return whenThere(
          service,
          source,
          () => around(operation),
          () => around(operation),
        );
      if (operation.late !== undefined) return operation.late();
      throw source.unavailableError(operation.member);
    }
    if (!operation.isCall) return operation.run(instance, source);
    return inTurn(source.leased()!, operation, mode, () => around(operation));
  };
}

/**
 * Calls the instance of a lease as soon as no other call runs on it.
 *
 * @param again - tries anew, if the instance was given back or taken back before the call's turn
 */
export function inTurn(
  leased: ContextLease,
  operation: Operation,
  mode: "serialize" | "throw",
  again: () => unknown,
): unknown {
  const { service, source } = leased;
  const instance = leased.instance!;
  if (isInside(leased)) return operation.run(instance, source);
  if (leased.lastCall === undefined) return run(leased, operation, instance);
  if (mode === "serialize" && operation.late !== undefined && !operation.deferrable) return operation.late();
  if (mode === "throw" || !operation.deferrable) throw concurrentUse(service, operation.member, mode);
  const turn = turnOf(leased).then(() => {
    if (leased.instance === instance) return run(leased, operation, instance);
    if (leased.context.state !== "active") throw endedWhileWaiting(leased.context, [service]);
    return again();
  });
  leased.lastCall = overAfter(turn, leased);
  return turn;
}

/** Resolves when the call before has settled, or when the context has lost the instance. */
function turnOf(leased: ContextLease): Promise<void> {
  return new Promise((resolve) => {
    (leased.turns ??= new Set()).add(resolve);
    void leased.lastCall!.then(() => {
      leased.turns?.delete(resolve);
      resolve();
    });
  });
}

/** The promise for which the next call waits; it clears `lastCall` if it is still the last. */
function overAfter(result: Promise<unknown>, leased: ContextLease, call?: Call): Promise<void> {
  const over = (): void => {
    if (call !== undefined) call.isOver = true;
    if (leased.lastCall === settled) leased.lastCall = undefined;
  };
  const settled = result.then(over, over);
  return settled;
}

function run(leased: ContextLease, operation: Operation, instance: object): unknown {
  const store = als.getStore() as Context | InnerStore;
  const call: Call = { leased, outer: store.call as Call | undefined, isOver: false };
  let result: unknown;
  try {
    result = enter(
      new InnerStore(store.context, store.construction, call, store.transaction),
      runOn,
      operation,
      instance,
    );
  } finally {
    // Another thenable may do its work when `then` is called. We do not call it.
    if (!isNativePromise(result)) call.isOver = true;
  }
  if (!call.isOver) {
    const over = overAfter(result as Promise<unknown>, leased, call);
    leased.lastCall ??= over;
  }
  return result;
}

function runOn({ call }: InnerStore, operation: Operation, instance: object): unknown {
  return operation.run(instance, (call as Call).leased.source);
}

function isInside(leased: ContextLease): boolean {
  let call = (als.getStore() as Context | InnerStore).call as Call | undefined;
  while (call !== undefined && (call.leased !== leased || call.isOver)) call = call.outer;
  return call !== undefined;
}
