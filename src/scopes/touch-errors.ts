import { brief } from "../brief.js";
import type { Context } from "../context/context.js";
import { als } from "../context/store.js";
import { type HolderInfo, ScopeError } from "../errors.js";

function nameOf(service: string, member: PropertyKey | undefined): string {
  return member === undefined ? service : `${service}.${String(member)}`;
}

/**
 * The context whose instance a touch means.
 *
 * @throws ScopeError `NO_CONTEXT`; `CAPTIVE_DEPENDENCY` in a factory or hook of a shared or pooled service
 */
export function contextOfTouch(scope: string, service: string, member: PropertyKey | undefined): Context {
  const store = als.getStore();
  if (store === undefined || (store.state === "outside" && store.service === undefined)) {
    throw new ScopeError(
      "NO_CONTEXT",
      `${nameOf(service, member)} was touched outside any async context, but ${service} is ${scope}. Enclose the work in ` +
        `runInContext(fn); for a listener or callback that lost its context, use bindToContext(fn).`,
      { service },
    );
  }
  if (store.state === "outside") {
    const { service: owner, making } = store;
    const [toucher, remedy] =
      making?.isDone === true
        ? [
            `a callback of what the factory of ${owner} has opened or started`,
            `Tie the callback to its context with bindToContext(fn), or enclose its work in runInContext(fn).`,
          ]
        : [
            `a factory or hook of ${owner}`,
            `Let ${owner} keep the proxy and touch it in its methods, or bind ${owner} per async context.`,
          ];
    throw new ScopeError(
      "CAPTIVE_DEPENDENCY",
      `${nameOf(service, member)} was touched by ${toucher}, which outlives every context, but ${service} is ${scope}. ${remedy}`,
      { service },
    );
  }
  return store.context;
}

const REMEDIES =
  "runInContext({ needs: [proxy] }, fn), await ready(proxy), lease(proxy), or name the member in `defer`";

/** A touch that cannot wait met something that is made asynchronously. */
export function notReady(
  service: string,
  member: PropertyKey | undefined,
  context?: Context,
  why = `${service} is made asynchronously and not there yet`,
): ScopeError {
  return new ScopeError(
    "NOT_READY",
    `${nameOf(service, member)} cannot wait, and ${why}` +
      `${context === undefined ? "" : ` in ${context.name}`}. Take it first: ${REMEDIES}.`,
    { service, context: context?.name },
  );
}

/** A touch that cannot wait met a pool whose instances are all lent. */
export function exhausted(
  service: string,
  member: PropertyKey | undefined,
  context: Context | undefined,
  holders: readonly HolderInfo[],
): ScopeError {
  const held = holders.map(({ holder, heldMs }) => `${holder} (for ${Math.round(heldMs)} ms)`).join(", ");
  return new ScopeError(
    "POOL_EXHAUSTED",
    `${nameOf(service, member)} cannot wait, and every instance of ${service} is in use` +
      `${held === "" ? "" : `, held by ${held}`}. Take it first: ${REMEDIES}.`,
    { service, context: context?.name, holders },
  );
}

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
export function creationError(service: string, cause: unknown): ScopeError {
  if (isWiring(cause)) return cause;
  return new ScopeError("CREATE_FAILED", `${service} could not be made: ${brief(cause)}`, { service, cause });
}
