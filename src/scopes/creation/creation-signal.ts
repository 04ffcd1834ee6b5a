import { currentConstruction } from "./creation-graph.js";

/**
 * In the factory of a pooled service, also after its first `await`: the signal that aborts when the instance is no longer
 * wanted, because `createTimeoutMs` is up or the pool closes. Hand it to whatever the factory waits for, so that nothing
 * goes on waiting for an instance that would be destroyed at once.
 *
 * A factory of a per-async-context service has `currentContext().signal` for that.
 *
 * @returns the signal; `undefined` anywhere else, and once the factory's promise has settled
 *
 * @example
 * ```ts
 * const connectInTime = async (): Promise<Response> => fetch("https://licences.example/seat", { signal: creationSignal() ?? null });
 * container.bind<Response>("seat").toDynamicValue(connectInTime).inPooledScope({ maxSize: 4, createTimeoutMs: 2_000 });
 * ```
 */
export function creationSignal(): AbortSignal | undefined {
  return currentConstruction()?.options?.signal;
}
