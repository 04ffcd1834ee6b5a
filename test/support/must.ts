import { expect } from "chai";

/**
 * The same as an `expect`, at a fraction of its cost where it holds: random runs ask a million times.
 *
 * @param facts - for the message
 */
export function must(holds: boolean, what: string, ...facts: unknown[]): asserts holds {
  if (!holds) expect.fail([what, ...facts.map((fact) => JSON.stringify(fact))].join(", "));
}
