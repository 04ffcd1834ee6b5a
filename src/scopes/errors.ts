/**
 * The catalogue of errors with which every scope refuses a touch: who, where, why, and what to do. The errors of one folder are
 * in its own catalogue: `binding/errors.ts`, `creation/errors.ts`, `pooled/errors.ts`, `disposal/failures.ts`. (`INVALID_OPTION`
 * of a single option is made where options are checked.)
 *
 * @module
 */

import type { Dependent } from "../context/dependents.js";
import type { FactoryFrame } from "../context/factory-frame.js";
import { LIKELY_CAUSES } from "../context/errors.js";
import { current } from "../context/run.js";
import { type HolderInfo, internal, ScopeError } from "../base/errors.js";
import { ofShutdown } from "../base/of-shutdown.js";
import { nameOf, oneLine } from "../base/one-line.js";
import type { Service } from "./scope.js";

/** `NO_CONTEXT` */
export function noContext(scope: string, service: string, member: PropertyKey | undefined): ScopeError {
  return new ScopeError(
    "NO_CONTEXT",
    `${nameOf(service, member)} was touched outside any async context, but ${service} is ${scope}. Enclose the work in ` +
      `runInContext(fn). In a server, inversify-scopes/http does: requestContext() (Express), fastifyContext, ` +
      `inRequest(listener), inFetch(handler); for jobs, inContext(job). ${LIKELY_CAUSES}`,
    { service },
  );
}

/**
 * `CAPTIVE_DEPENDENCY`
 *
 * @param holder - the shared or pooled service: its factory or hook touches, or something that its factory opened
 */
export function captive(
  scope: string,
  service: string,
  member: PropertyKey | undefined,
  holder: string,
  { construction }: FactoryFrame,
): ScopeError {
  const owner = oneLine(holder);
  const [toucher, remedy] =
    construction?.isDone === true
      ? [
          `a callback of what the factory of ${owner} has opened or started`,
          `Tie the callback to its context with bindToContext(fn), or enclose its work in runInContext(fn).`,
        ]
      : [
          `a factory or hook of ${owner}`,
          `Let ${owner} keep the proxy and touch it in its methods, or bind ${owner} per async context.`,
        ];
  return new ScopeError(
    "CAPTIVE_DEPENDENCY",
    `${nameOf(service, member)} was touched by ${toucher}, which outlives every context, but ${service} is ${scope}. ${remedy}`,
    { service },
  );
}

/** Ways to acquire an instance before a touch that cannot wait. */
export type Way = "needs" | "ready" | "lease" | "lease another" | "use";

const WAYS: Readonly<Record<Way, string>> = {
  needs: "runInContext({ needs: [proxy] }, fn)",
  ready: "await ready(proxy)",
  lease: "lease(proxy)",
  "lease another": "lease(proxy), for another one than the context's",
  use: "use(proxy, fn)",
};

/** The ways that work for a scope. */
export const FOR_SHARED: readonly Way[] = ["needs", "ready", "lease"];
export const FOR_CONTEXT: readonly Way[] = ["needs", "ready", "lease another"];
export const FOR_POOLED: readonly Way[] = ["needs", "ready", "lease"];
/** For `lease: "call"`: an instance acquired for the context would go back before the call. */
export const FOR_CALLS: readonly Way[] = ["use", "lease"];

/** What to do about a touch that cannot wait: only what works for this service, and from here. */
function remedies(service: Service, member: PropertyKey | undefined, ways: readonly Way[]): string {
  const here = ways.filter((way) => way !== "needs" || current() !== undefined).map((way) => WAYS[way]);
  const first = `Take it first: ${here.slice(0, -1).join(", ")} or ${here.at(-1)}.`;
  const waiting = service.howToWait?.(member);
  return waiting === undefined ? first : `${first} ${waiting}`;
}

/** `NOT_READY`: a touch that cannot wait met an instance that is made asynchronously. */
export function notReady(
  service: Service,
  member: PropertyKey | undefined,
  ways: readonly Way[],
  why = `${service.name} is made asynchronously and not there yet`,
): ScopeError {
  const context = ways === FOR_SHARED ? undefined : current()?.name;
  return new ScopeError(
    "NOT_READY",
    `${nameOf(service.name, member)} cannot wait, and ${why}${context === undefined ? "" : ` in ${context}`}. ` +
      remedies(service, member, ways),
    { service: service.name, context },
  );
}

/**
 * `POOL_EXHAUSTED`: a touch that cannot wait met a pool whose instances are all leased.
 *
 * @param ways - none where the contexts around the current one hold all instances
 */
export function exhausted(
  service: Service,
  member: PropertyKey | undefined,
  ways: readonly Way[],
  holders: readonly HolderInfo[],
): ScopeError {
  const { name } = service;
  const context = current()?.name;
  const held = holders.map(({ holder, heldMs, call }) => {
    const use = call === undefined ? "" : `, draining: ${oneLine(call)}`;
    return `${oneLine(holder)} (for ${Math.round(heldMs)} ms${use})`;
  });
  return new ScopeError(
    "POOL_EXHAUSTED",
    [
      `${nameOf(name, member)} cannot wait, and every instance of ${name} is in use`,
      internal(held.length === 0 ? "" : `, held by ${held.join(", ")}`),
      `. ${ways.length === 0 ? HELD_AROUND : remedies(service, member, ways)}`,
    ],
    { service: name, context, holders },
  );
}

const HELD_AROUND =
  'The contexts around this one hold them all, and wait for it: use their instance with runInContext({ nested: "reuse" }, ' +
  "fn), give it back before with release(proxy), start this one with detach(fn), or enlarge maxSize.";

/** A service whose binding is gone. */
export interface Gone {
  readonly name: string;
  readonly dependent?: Dependent | undefined;
}

/** `UNBOUND`: a touch through a proxy whose binding is gone. */
export function unbound({ name, dependent }: Gone, member?: PropertyKey): ScopeError {
  const touched = nameOf(name, member);
  if (dependent?.isAllOver === true) {
    const message =
      `${touched} was touched after its container had been shut down (shutdown, unbindAll or unbindAllAsync), or still waited ` +
      `then. Stop taking requests before, and answer 503 to those that still come; await other work first.`;
    return ofShutdown(new ScopeError("UNBOUND", message, { service: name }));
  }
  const message =
    `${touched} was touched through a proxy whose binding was removed (unbind, rebind, unload or restore), or replaced ` +
    `while this was under way (setFactory, setInstance). Resolve ${name} anew, or keep the binding while its proxies ` +
    `are in use.`;
  return new ScopeError("UNBOUND", message, { service: name });
}

/** `NOT_SET`: neither the context nor one around it was given a value. */
export function notGiven(service: string, member: PropertyKey | undefined, context: string): ScopeError {
  return new ScopeError(
    "NOT_SET",
    `${nameOf(service, member)} was touched in ${context}, to which no ${service} was given. Give it where the context ` +
      `is opened, with runInContext({ values: [contextValue(proxy, value)] }, fn), or inside, with setContextValue(proxy, value). ` +
      `A child sees its parent's; work begun by detach does not.`,
    { service, context },
  );
}

/** `LEASE_ENDED`: the value of a released lease was read. */
export function leaseReleased(service: string): ScopeError {
  return new ScopeError(
    "LEASE_ENDED",
    `${service}: the lease was released, and its value is used no more. Take a new one with lease(proxy).`,
    { service },
  );
}

/** What to do about a `POOL_DEADLOCK` of keyed shared instances, which cannot be given back. */
export function fewerKeys(maxTotal: number): string {
  return (
    `A shared instance stays with the contexts that have touched it: touch at most ${maxTotal} key(s) in one context, ` +
    `use a context for each key, or enlarge maxTotal.`
  );
}
