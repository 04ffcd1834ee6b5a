import { expect } from "chai";

/**
 * Does something again and again, each time deeper in the stack, until that is full.
 *
 * @param round - each leaves another rest of the stack in the end
 */
export function untilFull(round: number, step: () => unknown): void {
  const recurse = (...padding: unknown[]): unknown => [step()].map(() => recurse(...padding))[0];
  const { stackTraceLimit } = Error;
  // Mocha's is infinite: each error, and each lease that notes where it was taken, would copy the whole stack.
  Error.stackTraceLimit = 10;
  try {
    expect(() => recurse(...Array<number>(round).fill(0))).to.throw(RangeError);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
