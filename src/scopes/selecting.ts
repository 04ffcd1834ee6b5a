import type { HolderInfo } from "../base/errors.js";
import { aFunction, type Allowed, checkGiven, checkRecord, invalidOption } from "../base/options.js";
import type { Operation, Source } from "../proxy/source.js";
import { whenThere } from "../proxy/wait.js";
import { nextOrder } from "./binding/binding-order.js";
import type { Service } from "./scope.js";

/** What {@link chosenSource} has to know. */
export interface Choice {
  /**
   * The source that is meant right now; called at each touch, in the async context of whoever touches. What it throws is
   * what the touch throws.
   */
  choose(member?: PropertyKey): Source;
  /** The sources that are open, for `expectNoLeases` and to close them when the binding goes. */
  opened(): Iterable<Source>;
}

/** What {@link chosenSource} returns, as the library sees it. */
export interface ChosenSource extends Source, Pick<Choice, "opened"> {}

/**
 * A source that at each touch means one of several others: one pool for each tenant, a replica for those who only read,
 * one instance for each session. The others are opened by scopes: `pooledScope(8).open(service)`.
 *
 * @param service - what `open` of the scope was given
 * @param choice - which of them is meant, and which there are
 * @throws ScopeError `INVALID_OPTION`; so does a touch for which `choose` returns no source
 *
 * @example
 * ```ts
 * const replicated: Scope = {
 *   name: "primary or replica",
 *   endsWithContext: true,
 *   open(service) {
 *     const primary = pooledScope(4).open(service);
 *     const replica = pooledScope(16).open(service);
 *     const choose = () => (request.isReadOnly ? replica : primary);
 *     return chosenSource(service, { choose, opened: () => [primary, replica] });
 *   },
 * };
 * ```
 */
export function chosenSource(service: Pick<Service, "name">, choice: Choice): Source {
  checkRecord("chosenSource", choice, CHOICE);
  checkGiven("chosenSource", choice, CHOICE, ["choose", "opened"]);
  const choose = (member?: PropertyKey): Source => {
    const source = choice.choose(member);
    // Of those who forget a case, the first touch is told.
    if (typeof (source as Partial<Source> | undefined)?.now === "function") return source;
    throw invalidOption(service.name, "what chosenSource's choose() returned", source, "a Source, opened by a scope");
  };
  /** The choice may throw, where there is nothing to choose by; a look does not. */
  const chosen = (): Source | undefined => {
    try {
      return choose();
    } catch {
      return undefined;
    }
  };
  const source: ChosenSource = {
    opened: () => choice.opened(),
    order: nextOrder(),
    around: (operation) => perform(service.name, choose(operation.member), operation),
    now: (member) => choose(member).now(member),
    later: () => choose().later(),
    why: (member) => choose(member).why(member),
    ready: async () => takeFrom(service.name, choose()),
    peek: () => chosen()?.peek(),
    async release(options) {
      await chosen()?.release(options);
    },
    lease: async (options) => choose().lease(options),
    leases: () => [...choice.opened()].flatMap((source) => source.leases?.() ?? ([] as readonly HolderInfo[])),
    close: () => closeAll([...choice.opened()]),
  };
  return source;
}

const CHOICE: Readonly<Record<keyof Choice, Allowed>> = { choose: aFunction, opened: aFunction };

function perform(service: string, source: Source, operation: Operation): unknown {
  if (source.around !== undefined) return source.around(operation);
  const instance = source.now(operation.member);
  if (instance !== undefined) return operation.run(instance, source);
  if (operation.deferrable) {
    const run = (late: object): unknown => operation.run(late, source);
    return whenThere(service, source, run, () => perform(service, source, operation));
  }
  if (operation.late !== undefined) return operation.late();
  throw source.why(operation.member);
}

async function takeFrom(service: string, source: Source): Promise<void> {
  if (source.ready !== undefined) return source.ready();
  const again = (): Promise<void> => takeFrom(service, source);
  if (source.now() === undefined) await whenThere(service, source, () => Promise.resolve(), again);
}

/** Every one is closed, whatever the others do. */
async function closeAll(sources: readonly Source[]): Promise<void> {
  const closed = await Promise.allSettled(sources.map(async (source) => source.close()));
  const errors = closed.filter((result) => result.status === "rejected").map(({ reason }) => reason as unknown);
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) throw new AggregateError(errors, `${errors.length} sources could not be closed`);
}
