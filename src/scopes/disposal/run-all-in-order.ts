import { isThenable } from "../../base/is-thenable.js";
import { stepsFailed } from "./failures.js";

/**
 * Runs all steps of an instance's end one after the other, even if some fail: the step that closes a socket must not depend on
 * one that writes a farewell. Synchronous as long as the steps are.
 *
 * @throws (or rejects with) the error of the step that failed, or an `AggregateError` of several
 */
export function runAllInOrder(steps: readonly (() => unknown)[]): void | Promise<void> {
  const errors: unknown[] = [];
  for (let i = 0; i < steps.length; i++) {
    try {
      const done = steps[i]!();
      if (isThenable(done)) return restInTurn(done, steps.slice(i + 1), errors);
    } catch (error) {
      errors.push(error);
    }
  }
  report(errors);
}

async function restInTurn(first: PromiseLike<unknown>, rest: readonly (() => unknown)[], errors: unknown[]) {
  for (const step of [() => first, ...rest]) {
    try {
      await step();
    } catch (error) {
      errors.push(error);
    }
  }
  report(errors);
}

function report(errors: readonly unknown[]): void {
  if (errors.length > 0) throw stepsFailed(errors);
}
