import { summarizeError } from "../../base/summarize-error.js";
import type { Context } from "../../context/context.js";
import { LIKELY_CAUSES } from "../../context/messages.js";
import { isOutOfStack } from "../../context/out-of-stack.js";
import { current } from "../../context/run.js";
import type { FactoryFrame } from "../../context/factory-frame.js";
import { als, type Current } from "../../context/store.js";
import { type HolderInfo, internal, ScopeError } from "../../base/errors.js";
import { nameOf, oneLine } from "../../base/one-line.js";
import type { Service } from "../scope.js";

/**
 * The context whose instance a touch means.
 *
 * @param store - the one of the touch
 * @throws ScopeError `NO_CONTEXT`; `CAPTIVE_DEPENDENCY` in a factory or hook of a shared or pooled service
 */
export function contextOfTouch(
  scope: string,
  service: string,
  member: PropertyKey | undefined,
  store: Current = als.getStore(),
): Context {
  if (store === undefined || store.state === "outside") throw touchedOutside(scope, service, member, store);
  return store.context;
}

/** Of its own, so that V8 makes the way with a context part of its callers. */
function touchedOutside(
  scope: string,
  service: string,
  member: PropertyKey | undefined,
  frame: FactoryFrame | undefined,
): ScopeError {
  if (frame?.service === undefined) {
    return new ScopeError(
      "NO_CONTEXT",
      `${nameOf(service, member)} was touched outside any async context, but ${service} is ${scope}. Enclose the work in ` +
        `runInContext(fn). ${LIKELY_CAUSES}`,
      { service },
    );
  }
  const owner = oneLine(frame.service);
  const [toucher, remedy] =
    frame.construction?.isDone === true
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

/** Ways to have an instance before it is touched, where touches cannot wait. */
export type Way = "needs" | "ready" | "lease" | "lease another" | "use";

const WAYS: Readonly<Record<Way, string>> = {
  needs: "runInContext({ needs: [proxy] }, fn)",
  ready: "await ready(proxy)",
  lease: "lease(proxy)",
  "lease another": "lease(proxy), for another one than the context's",
  use: "use(proxy, fn)",
};

/** Which of them work for a scope. */
export const FOR_SHARED: readonly Way[] = ["needs", "ready", "lease"];
export const FOR_CONTEXT: readonly Way[] = ["needs", "ready", "lease another"];
export const FOR_POOLED: readonly Way[] = ["needs", "ready", "lease"];
/** What a call takes goes with it: what is taken first for a context is gone before the call. */
export const FOR_CALLS: readonly Way[] = ["use", "lease"];

/** What to do about a touch that cannot wait: only what works for this service, and from here. */
function remedies(service: Service, member: PropertyKey | undefined, ways: readonly Way[]): string {
  const here = ways.filter((way) => way !== "needs" || current() !== undefined).map((way) => WAYS[way]);
  const first = `Take it first: ${here.slice(0, -1).join(", ")} or ${here.at(-1)}.`;
  const waiting = service.howToWait?.(member);
  return waiting === undefined ? first : `${first} ${waiting}`;
}

/** A touch that cannot wait met something that is made asynchronously. */
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

/** A touch that cannot wait met a pool whose instances are all lent. */
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

/** A touch through a proxy whose binding is gone. */
export function unbound(service: string, member?: PropertyKey): ScopeError {
  return new ScopeError(
    "UNBOUND",
    `${nameOf(service, member)} was touched through a proxy whose binding was removed (unbind, rebind, unload or ` +
      `restore), or replaced while this was under way (setFactory, setInstance). Resolve ${service} anew, or keep the ` +
      `binding while its proxies are in use.`,
    { service },
  );
}

/** Mistakes in wiring, which no retry mends, come out as they are. */
const WIRING = new Set(["CAPTIVE_DEPENDENCY", "SCOPE_CYCLE", "NOT_PROXYABLE", "INVALID_OPTION", "UNBOUND", "NOT_SET"]);

export function isWiring(error: unknown): error is ScopeError {
  return error instanceof ScopeError && WIRING.has(error.code);
}

/** The error of a touch whose factory failed with `cause`. */
export function creationError(service: string, cause: unknown): unknown {
  if (isWiring(cause) || isOutOfStack(cause)) return cause;
  const message = [`${service} could not be made`, internal(`: ${summarizeError(cause)}`)];
  return new ScopeError("CREATE_FAILED", message, { service, cause });
}
