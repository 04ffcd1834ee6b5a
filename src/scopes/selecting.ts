import type { HolderInfo } from "../base/errors.js";
import { aFunction, type Allowed, checkGiven, checkRecord, invalidOption } from "../base/options.js";
import type { Source } from "../proxy/source.js";
import { perform, takeFrom } from "../proxy/use-source.js";
import { nextOrder } from "./binding/binding-order.js";
import { sourcesNotClosed } from "./disposal/failures.js";
import type { Service } from "./scope.js";

/** The rule by which {@link selectSource} selects. */
export interface Selection {
  /**
   * The source that is meant right now. Called at each touch, in the async context of the toucher. The touch throws what it
   * throws.
   */
  select(member?: PropertyKey): Source;
  /** The sources that are open, for `expectNoLeases` and to close them when the binding goes. */
  sources(): Iterable<Source>;
}

/** What {@link selectSource} returns; the library's own view of it. */
export interface SelectedSource extends Source, Selection {}

/**
 * A source that means one of several others, at each touch anew: one pool for each tenant, a replica for read-only requests, one
 * instance for each session. The others are opened by scopes: `pooledScope(8).open(service)`.
 *
 * @param service - what `open` of the scope was given
 * @param selection - which source is meant, and which are open
 * @throws ScopeError `INVALID_OPTION`; so does a touch for which `select` returns no source
 *
 * @example
 * ```ts
 * const replicated: Scope = {
 *   name: "primary or replica",
 *   endsWithContext: true,
 *   open(service) {
 *     const primary = pooledScope(4).open(service);
 *     const replica = pooledScope(16).open(service);
 *     const select = () => (request.isReadOnly ? replica : primary);
 *     return selectSource(service, { select, sources: () => [primary, replica] });
 *   },
 * };
 * ```
 */
export function selectSource(service: Pick<Service, "name">, selection: Selection): Source {
  checkRecord("selectSource", selection, SELECTION);
  checkGiven("selectSource", selection, SELECTION, ["select", "sources"]);
  const select = (member?: PropertyKey): Source => {
    const source = selection.select(member);
    // If `select` forgets a case, the first touch in that case says so.
    if (typeof (source as Partial<Source> | undefined)?.acquireNow === "function") return source;
    throw invalidOption(service.name, "what selectSource's select() returned", source, "a Source, opened by a scope");
  };
  /** A look does not throw, even if `select` does. */
  const selected = (): Source | undefined => {
    try {
      return select();
    } catch {
      return undefined;
    }
  };
  const source: SelectedSource = {
    select,
    sources: () => selection.sources(),
    order: nextOrder(),
    intercept: (operation) => perform(service.name, select(operation.member), operation),
    acquireNow: (member) => select(member).acquireNow(member),
    acquire: () => select().acquire(),
    unavailableError: (member) => select(member).unavailableError(member),
    ready: async () => takeFrom(service.name, select()),
    peek: () => selected()?.peek(),
    async release(options) {
      await selected()?.release(options);
    },
    lease: async (options) => select().lease(options),
    leases: () => [...selection.sources()].flatMap((source) => source.leases?.() ?? ([] as readonly HolderInfo[])),
    close: (drainMs) => closeAll([...selection.sources()], drainMs),
  };
  return source;
}

const SELECTION: Readonly<Record<keyof Selection, Allowed>> = { select: aFunction, sources: aFunction };

/** Closes every source, even if others fail. */
async function closeAll(sources: readonly Source[], drainMs: number | undefined): Promise<void> {
  const closed = await Promise.allSettled(sources.map(async (source) => source.close(drainMs)));
  const errors = closed.filter((result) => result.status === "rejected").map(({ reason }) => reason as unknown);
  if (errors.length > 0) throw sourcesNotClosed(errors);
}
