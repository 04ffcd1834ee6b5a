import { oneLine } from "../base/one-line.js";
import { summarizeError } from "../base/summarize-error.js";
import type { ContainerScopes } from "../container/container-scopes.js";
import type { Context } from "../context/context.js";
import type { Incident } from "../pool/incidents.js";
import type { Pool } from "../pool/pool.js";
import type { InstanceStats, PoolStats } from "../pool/stats.js";
import type { HeldInstance, WaitingAcquisition } from "../pool/view.js";
import type { ScopedService } from "../scopes/binding/scoped-service.js";
import type { BindingPool } from "../scopes/pooled/binding-pool.js";
import { bindingPoolsBehind } from "../scopes/pooled/pool-of.js";

/** What is common to those who hold and those who wait. */
interface WhoReport {
  /** The context's name, or how an explicit lease or a call is called. */
  readonly holder: string;
  /** The context, where one is known. */
  readonly contextId: number | null;
  /** Where it was acquired, or asked for, if that was recorded: a line for each call. */
  readonly acquisitionStack?: string;
}

/** Who holds an instance of a pool. */
export interface HolderReport extends WhoReport {
  /** The number of the instance. */
  readonly instance: number;
  /** Since when, in milliseconds since the epoch. */
  readonly since: number;
  /** For how long. */
  readonly heldMs: number;
  /** What still uses the instance although the lease is over. */
  readonly call?: string;
  /** With `facts`: what `describe` says of the instance. */
  readonly facts?: unknown;
}

/** Who waits for an instance of a pool. */
export interface WaiterReport extends WhoReport {
  /** Since when, in milliseconds since the epoch. */
  readonly since: number;
  /** For how long. */
  readonly waitedMs: number;
}

/** One instance of a pool. */
export interface InstanceReport {
  /** The number that `create` was given. */
  readonly instance: number;
  /** Where it stands. */
  readonly state: InstanceStats["state"];
  /** How long ago it was made. */
  readonly ageMs: number;
  /** How often it was lent. */
  readonly uses: number;
  /** What `describe` says of it. */
  readonly facts?: unknown;
}

type Sizes = "size" | "idle" | "leased" | "draining" | "creating" | "checking" | "resetting" | "destroying" | "waiting";

type Figures =
  | ("runningMs" | "uses" | "returns" | "useTime" | "waitTime" | "timeouts" | "aborts" | "rejectedByLimit")
  | ("created" | "createAttempts" | "createFailures" | "creations" | "destroyed" | "destroyFailures" | "hookFailures")
  | ("checks" | "checkFailures" | "longLeases" | "doubleReleases" | "timedOutStillRunning");

/** A pool, its sizes as in `stats()`. */
export interface PoolReport extends Pick<PoolStats, "label" | "maxSize" | "minSize" | "minIdle" | Sizes> {
  /** The service whose instances it lends. */
  readonly service: string;
  /** As in `stats()`; `untouched` before the first touch of the service, which makes the pool. */
  readonly state: PoolStats["state"] | "untouched";
  /** Who holds what, longest first; no more than a hundred: `leased` and `draining` say how many there are. */
  readonly holders: readonly HolderReport[];
  /** Who waits, in turn; no more than a hundred: `waiting` says how many there are. */
  readonly waiters: readonly WaiterReport[];
  /** What was counted since the pool was made, as in `stats()`; `null` before. */
  readonly figures: Pick<PoolStats, Figures> | null;
  /** With `facts`: why the last creation failed, until one succeeds. */
  readonly lastCreateError?: string | null;
  /** With `facts`: the instances; no more than a hundred. */
  readonly instances?: readonly InstanceReport[];
}

/** Something that went wrong with a pool. */
export interface IncidentReport extends Incident {
  /** The pool's label. */
  readonly pool: string;
}

/** The report has no more holders, waiters and instances of a pool than this. */
const MOST = 100;
/** The report has no more incidents than this, and no longer texts. */
const MOST_INCIDENTS = 100;
const LONGEST = 500;

export function reportPools(
  scopes: ContainerScopes,
  at: number,
  withFacts: boolean,
): { readonly pools: readonly PoolReport[]; readonly incidents: readonly IncidentReport[] } {
  const pools: PoolReport[] = [];
  const incidents: IncidentReport[] = [];
  for (const [bindingPool, service] of poolsOf(scopes)) {
    const { opened } = bindingPool;
    pools.push(opened === undefined ? untouched(bindingPool, service) : reportOf(opened, service, at, withFacts));
    if (opened !== undefined) incidents.push(...incidentsOf(opened));
  }
  incidents.sort((a, b) => b.at - a.at);
  return { pools, incidents: incidents.slice(0, MOST_INCIDENTS) };
}

/** Those of bindings that are gone too, while they lend. */
function poolsOf(scopes: ContainerScopes): Map<BindingPool, string> {
  const bound = Array.from(scopes.scopedBindings(), ({ service }) => service);
  const found = new Map<BindingPool, string>();
  for (const service of new Set<ScopedService>([...bound, ...scopes.ended.all()])) {
    for (const pool of service.sources().flatMap(bindingPoolsBehind)) found.set(pool, oneLine(service.name));
  }
  return found;
}

const NOTHING: Readonly<Record<Sizes, 0>> = {
  size: 0,
  idle: 0,
  leased: 0,
  draining: 0,
  creating: 0,
  checking: 0,
  resetting: 0,
  destroying: 0,
  waiting: 0,
};

function untouched({ label, maxSize, minSize, minIdle }: BindingPool, service: string): PoolReport {
  return {
    service,
    label: oneLine(label),
    state: "untouched",
    maxSize: maxSize === Infinity ? null : maxSize,
    minSize,
    minIdle,
    ...NOTHING,
    holders: [],
    waiters: [],
    figures: null,
  };
}

function reportOf(pool: Pool<object>, service: string, at: number, withFacts: boolean): PoolReport {
  // What `describe` does to the pool shows in what is read after it.
  const described = withFacts ? pool.stats().instances : undefined;
  const factsOf = new Map(described?.map(({ n, facts }) => [n, plain(facts)]));
  const { view } = pool;
  const {
    label,
    state,
    maxSize,
    minSize,
    minIdle,
    lastCreateError,
    now: _,
    startedAt: _2,
    housekeeping: _3,
    ...rest
  } = view.figures();
  const { size, idle, leased, draining, creating, checking, resetting, destroying, waiting, ...figures } = rest;
  return {
    service,
    label: oneLine(label),
    state,
    maxSize,
    minSize,
    minIdle,
    size,
    idle,
    leased,
    draining,
    creating,
    checking,
    resetting,
    destroying,
    waiting,
    holders: view.held(MOST).map((held) => ({ ...holderOf(held, at), ...factsOf.get(held.instance) })),
    waiters: view.waiting(MOST).map((waiter) => waiterOf(waiter, at)),
    figures,
    ...(described === undefined ? {} : { lastCreateError, instances: instancesOf(described, factsOf) }),
  };
}

function holderOf({ instance, by, holder, heldMs, call, acquisitionStack }: HeldInstance, at: number): HolderReport {
  const use = call === undefined ? {} : { call: oneLine(call, LONGEST) };
  return { instance, ...who(by, holder, acquisitionStack), since: at - heldMs, heldMs, ...use };
}

function waiterOf({ by, waitedMs, acquisitionStack }: WaitingAcquisition, at: number): WaiterReport {
  return { ...who(by, by?.name ?? "explicit lease", acquisitionStack), since: at - waitedMs, waitedMs };
}

function who(by: object | undefined, name: string, stack: string | undefined): WhoReport {
  // Contexts, calls in one and explicit leases in one have it; the pool does not know of it.
  const { context } = (by ?? {}) as { readonly context?: Context };
  return { holder: oneLine(name), contextId: context?.id ?? null, ...stackOf(stack) };
}

function stackOf(stack: string | undefined): { readonly acquisitionStack?: string } {
  if (stack === undefined) return {};
  const lines = stack.split("\n").map((line) => oneLine(line.trim(), LONGEST));
  return { acquisitionStack: lines.join("\n") };
}

function instancesOf(
  instances: readonly InstanceStats[],
  factsOf: ReadonlyMap<number, { readonly facts?: unknown }>,
): InstanceReport[] {
  return instances
    .slice(0, MOST)
    .map(({ n, state, ageMs, uses }) => ({ instance: n, state, ageMs, uses, ...factsOf.get(n) }));
}

/** What `describe` has said, as JSON can say it. The pool has tried that once; a getter or `toJSON` may think otherwise now. */
function plain(facts: unknown): { readonly facts?: unknown } {
  try {
    const text = JSON.stringify(facts, (_, value: unknown) =>
      typeof value === "string" ? oneLine(value, LONGEST) : value,
    ) as string | undefined;
    return text === undefined ? {} : { facts: JSON.parse(text) as unknown };
  } catch (error) {
    return { facts: { error: summarizeError(error) } };
  }
}

/** The newest first, also of those of the same millisecond. */
function incidentsOf(pool: Pool<object>): IncidentReport[] {
  const label = oneLine(pool.label);
  return pool.view.incidents.toReversed().map(({ message, holder, acquisitionStack, ...incident }) => ({
    ...incident,
    pool: label,
    message: oneLine(message, LONGEST),
    ...(holder === undefined ? {} : { holder: oneLine(holder) }),
    ...stackOf(acquisitionStack),
  }));
}
