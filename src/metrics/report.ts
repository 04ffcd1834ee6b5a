import { aBoolean, type Allowed, checkRecord } from "../base/options.js";
import { type AnyContainer, expectScopes } from "../container/container-scopes.js";
import { type BindingReport, reportBindings } from "./report-bindings.js";
import { type ContextReport, reportContexts } from "./report-contexts.js";
import { type IncidentReport, type PoolReport, reportPools } from "./report-pools.js";

/** The options of {@link report}. */
export interface ReportOptions {
  /**
   * Whether to tell what pools' `describe` says of their instances, and the message of the error with which an instance could last
   * not be made. Default false: then no code of yours runs.
   */
  readonly facts?: boolean | undefined;
}

/**
 * What {@link report} returns. All of it is plain data that survives JSON. Names are on one line, with everything escaped that is
 * not simply seen; times are milliseconds since the epoch, durations milliseconds.
 */
export interface Report {
  /** When it was made. */
  readonly at: number;
  /** How many contexts are open in this process. */
  readonly openContexts: number;
  /** Those, the oldest first; no more than the thousand that have been open longest. */
  readonly contexts: readonly ContextReport[];
  /** The pools of the container, in the order of its bindings; then those whose bindings are gone, while something of them is leased. */
  readonly pools: readonly PoolReport[];
  /** The latest time-outs, failed creations, leaks and deadlocks of these pools, the newest first. */
  readonly incidents: readonly IncidentReport[];
  /** The bindings of the container, and those of its parents that they depend on. */
  readonly bindings: readonly BindingReport[];
}

const OPTIONS: Readonly<Record<keyof ReportOptions, Allowed>> = { facts: aBoolean };

/**
 * Says what a container is doing right now: which contexts are open and what they hold, who holds and who awaits what of each pool
 * since when, what went wrong of late, and how the services are bound. Nothing is made, taken or waited for.
 *
 * It tells names, figures, and the stacks of acquisitions where these are recorded (`leaseStacks`); of instances nothing, unless
 * `facts` is given. Contexts are those of the whole process.
 *
 * @param container - one with the plugin; its own pools and bindings count, not its parent's. It may be shut down already.
 * @param options - see {@link ReportOptions}
 * @throws ScopeError `INVALID_OPTION`
 *
 * @example
 * ```ts
 * const { contexts, pools } = report(container);
 * for (const { label, holders, waiting } of pools) {
 *   if (waiting > 0) log.info(`${label}: ${waiting} wait for ${holders.map(({ holder }) => holder).join(", ")}`);
 * }
 * writeFileSync("stuck.json", JSON.stringify(contexts));
 * ```
 */
export function report(container: AnyContainer, options: ReportOptions = {}): Report {
  const scopes = expectScopes("report", container);
  checkRecord("report", options, OPTIONS);
  const at = Date.now();
  const { pools, incidents } = reportPools(scopes, at, options.facts === true);
  return { at, ...reportContexts(at), pools, incidents, bindings: reportBindings(scopes) };
}
