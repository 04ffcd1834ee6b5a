/**
 * Every coded error of the library.
 *
 * One class, a stable {@link ErrorCode}, and details for whoever reads it at 3 a.m.: which service, which context, who holds what
 * since when. The message says why and what to do.
 *
 * @module
 */

import { LONGEST_NAME, oneLine } from "./one-line.js";

/**
 * The stable name of what went wrong. Messages may be reworded in any release; codes may not.
 *
 * | code | when | what to do |
 * |---|---|---|
 * | `NO_CONTEXT` | a per-async-context or pooled service was touched outside any context | enclose the work in `runInContext` |
 * | `CONTEXT_ENDING` | a new acquisition while the context runs its disposers, or after `shutdown` has aborted it | take what disposers need before the end; give `shutdown` a longer `graceMs` |
 * | `CONTEXT_ENDED` | a use after the context's end | await the work inside the context, or give it its own with `detach` |
 * | `NOT_READY` | a synchronous touch of something that is made or taken asynchronously | what the message names of `needs`, `await ready(proxy)`, `lease(proxy)`, `use`, `defer` and `shape` |
 * | `NOT_SET` | a touch of a `scopedProxy` before `setInstance` or `setFactory`, or of a service bound by `toContextValue` in a context without a value | set it at start-up; give the context its `values` |
 * | `UNBOUND` | the service's binding was removed | bind it again and inject anew |
 * | `POOL_EXHAUSTED` | a synchronous touch while every instance is lent | as for `NOT_READY`, or a larger `maxSize` |
 * | `POOL_TIMEOUT` | an acquisition passed its deadline | see `stage` and the holders in the error; shorten leases or enlarge the pool |
 * | `POOL_OVERLOADED` | more than `maxWaiting` would wait | shed load, or raise the limit |
 * | `POOL_CLOSED` | the pool is closing or closed | acquire before `close`; a pool is never reopened |
 * | `POOL_DEADLOCK` | every holder of the pool waits, directly or not, for the pool itself | take what is needed at once with `needs`, or share the context |
 * | `CREATE_FAILED` | the factory or `onCreate` failed, or made something unusable | see `cause` |
 * | `CREATE_TIMEOUT` | the factory took longer than `createTimeoutMs` | see why it hangs; raise the limit |
 * | `CHECK_TIMEOUT` | a health check took longer than `checkTimeoutMs` | the instance counts as unhealthy, and is replaced |
 * | `DESTROY_TIMEOUT` | `destroy` took longer than `destroyTimeoutMs` | its slot is free again; the instance may linger |
 * | `LEASE_ENDED` | a use of an instance that was given back or taken back | take a new one; raise `maxLeaseMs` |
 * | `LEASES_LEFT` | `expectNoLeases` found some | end the contexts, release the leases |
 * | `SWAPS_LEFT` | `expectNoSwaps` found some | undo each swap in the test that made it |
 * | `RESULT_ESCAPES` | under `lease: 'call'`, a result that would outlive the lease | drain it inside the call, or use `use` or `lease` |
 * | `CONCURRENT_USE` | a second call on one leased instance under `concurrency: 'throw'` | await the first, or use `'serialize'` |
 * | `CAPTIVE_DEPENDENCY` | a longer-lived service touches a shorter-lived one while it is made | inject the proxy, and touch it later |
 * | `SCOPE_CYCLE` | services need each other while they are made | touch one of them later |
 * | `NOT_PROXYABLE` | what the factory made cannot stand behind a proxy | return an object that is not thenable; say `shape` |
 * | `TRANSACTION_ENDED` | work that was begun inside a transaction goes on after its end | await it inside the transaction |
 * | `TRANSACTION_REQUIRED` | propagation `mandatory`, `afterCommit` or `afterRollback` where no transaction is open | call it inside `transactional` |
 * | `TRANSACTION_FORBIDDEN` | propagation `never` inside a transaction | call it after, or with `not-supported` |
 * | `TRANSACTION_CONFLICT` | who joins a transaction asks for another one; `release` inside one; one in another service's | see what the message names |
 * | `TRANSACTION_ROLLED_BACK` | it was to be committed, but something in it had failed, and the error was caught | let it out, or use `nested` |
 * | `TRANSACTION_TIMEOUT` | it took longer than `timeoutMs` | make it shorter, or raise the limit |
 * | `INVALID_OPTION` | a wrong value or an unknown name in options or arguments | see what is allowed, in the message |
 */
export type ErrorCode =
  | "NO_CONTEXT"
  | "CONTEXT_ENDING"
  | "CONTEXT_ENDED"
  | "NOT_READY"
  | "NOT_SET"
  | "UNBOUND"
  | "POOL_EXHAUSTED"
  | "POOL_TIMEOUT"
  | "POOL_OVERLOADED"
  | "POOL_CLOSED"
  | "POOL_DEADLOCK"
  | "CREATE_FAILED"
  | "CREATE_TIMEOUT"
  | "CHECK_TIMEOUT"
  | "DESTROY_TIMEOUT"
  | "LEASE_ENDED"
  | "LEASES_LEFT"
  | "SWAPS_LEFT"
  | "RESULT_ESCAPES"
  | "CONCURRENT_USE"
  | "CAPTIVE_DEPENDENCY"
  | "SCOPE_CYCLE"
  | "NOT_PROXYABLE"
  | "TRANSACTION_ENDED"
  | "TRANSACTION_REQUIRED"
  | "TRANSACTION_FORBIDDEN"
  | "TRANSACTION_CONFLICT"
  | "TRANSACTION_ROLLED_BACK"
  | "TRANSACTION_TIMEOUT"
  | "INVALID_OPTION";

/**
 * What an acquisition waited for when its time was up, as `POOL_TIMEOUT` tells it.
 *
 * | stage | |
 * |---|---|
 * | `queued` | an instance to come back: all were in use |
 * | `creating` | one that was being created for it |
 * | `backing-off` | the next attempt to create one, after failures in a row |
 * | `checking` | the health check of one |
 * | `preparing` | `onAcquire` |
 */
export type PoolTimeoutStage = "queued" | "creating" | "backing-off" | "checking" | "preparing";

/** One holder of a pooled instance, as errors and `stats()` name it. */
export interface HolderInfo {
  /** The name of the context, of the explicit lease, or of the call. */
  readonly holder: string;
  /** For how long it has been held, in milliseconds. */
  readonly heldMs: number;
  /** The stack of the acquisition, where that was recorded. */
  readonly acquisitionStack?: string;
  /** What still uses the instance after the lease has ended: a call, or a stream or iterator that a call returned. */
  readonly call?: string;
  /** What the pool's `describe` says of the instance. */
  readonly facts?: unknown;
}

/** A part of a message for operators only: holders, other contexts, causes. */
export interface Internal {
  readonly internal: string;
}

/** Marks a part of a message that {@link ScopeError.publicMessage} leaves out. It may have several lines, for stacks. */
export function internal(text: string): Internal {
  return { internal: text };
}

/** One mistake in the wiring of a container. */
export interface Finding {
  /** The code of the error that a use of the service would throw. */
  readonly code: ErrorCode;
  /** The service concerned. */
  readonly service: string;
  /** What is wrong, and what to do. */
  readonly message: string;
}

/** What a {@link ScopeError} knows besides its message. */
export interface ScopeErrorDetails {
  /** The service or pool concerned. */
  readonly service?: string | undefined;
  /** The async context concerned. */
  readonly context?: string | undefined;
  /** The holders of the instances that were not available. */
  readonly holders?: readonly HolderInfo[] | undefined;
  /** What an acquisition waited for. */
  readonly stage?: PoolTimeoutStage | undefined;
  /** All mistakes in the wiring, in the error of `verify`. */
  readonly findings?: readonly Finding[] | undefined;
  /** The error that caused this one. */
  readonly cause?: unknown;
}

/** The longest public part of a message. */
const LONGEST_MESSAGE = 4000;

/**
 * The field that `runInContext` adds to its body's error if disposers failed, too. A frozen error, or a primitive, is wrapped in
 * a `SuppressedError`.
 *
 * @example
 * ```ts
 * await runInContext(() => db.query("select 1")).catch((error: Error & Partial<Suppressing>) => {
 *   for (const other of error.suppressed ?? []) log.error(other);
 * });
 * ```
 */
export interface Suppressing {
  /** The errors of the disposers, in the order in which they ran. */
  readonly suppressed: readonly unknown[];
}

const BRAND = Symbol.for("inversify-scopes.ScopeError");

/**
 * The one base class of all errors that the library throws.
 *
 * `instanceof ScopeError` holds also for errors of another installed copy of the package: the class is recognised by a
 * registered symbol, not by identity.
 *
 * @example
 * ```ts
 * try {
 *   await db.query("select 1");
 * } catch (error) {
 *   if (error instanceof ScopeError && error.code === "NO_CONTEXT") {
 *     // the call came from outside runInContext
 *   }
 * }
 * ```
 */
export class ScopeError extends Error {
  /** What went wrong; see {@link ErrorCode}. */
  declare readonly code: ErrorCode;
  /** The service or pool concerned, where there is one. */
  declare readonly service?: string;
  /** The async context concerned, where there is one. */
  declare readonly context?: string;
  /** The holders of the instances that were not available, where they are known. */
  declare readonly holders?: readonly HolderInfo[];
  /**
   * The message without holders, other contexts and causes, on one line: for an answer to a client. Choose the status by
   * `code`.
   *
   * @example
   * ```ts
   * try {
   *   await db.query("select 1");
   * } catch (error) {
   *   const text = error instanceof ScopeError ? error.publicMessage : "Something went wrong.";
   *   console.log(503, { error: text });
   * }
   * ```
   */
  declare readonly publicMessage: string;
  /** What the acquisition waited for; only in a `POOL_TIMEOUT`. */
  declare readonly stage?: PoolTimeoutStage;
  /**
   * All that `verify` found, in the order of the bindings; circles come first. `code` and `service` are those of the first.
   *
   * @example
   * ```ts
   * try {
   *   verify(buildContainer());
   * } catch (error) {
   *   if (!(error instanceof ScopeError)) throw error;
   *   for (const { code, service, message } of error.findings ?? []) log.error(code, service, message);
   * }
   * ```
   */
  declare readonly findings?: readonly Finding[];
  /** The errors of disposers, if this error made the body of a context fail; see {@link Suppressing}. */
  declare readonly suppressed?: readonly unknown[];

  /** @param message - in parts, if some are internal; names in it need not be escaped */
  constructor(code: ErrorCode, message: string | readonly (string | Internal)[], details: ScopeErrorDetails = {}) {
    const parts = typeof message === "string" ? [message] : message;
    const shown = parts.map((part) => (typeof part === "string" ? plain(part, details) : part.internal));
    super(shown.join(""), "cause" in details ? { cause: details.cause } : undefined);
    const isPublic = (_: string, i: number): boolean => typeof parts[i] === "string";
    // Not enumerable, like `message`.
    Object.defineProperty(this, "publicMessage", {
      value: shown.filter(isPublic).join(""),
      writable: true,
      configurable: true,
    });
    this.code = code;
    if (details.service !== undefined) this.service = details.service;
    if (details.context !== undefined) this.context = details.context;
    if (details.holders !== undefined) this.holders = details.holders;
    if (details.stage !== undefined) this.stage = details.stage;
    if (details.findings !== undefined) this.findings = details.findings;
  }

  /** Also errors of another installed copy of the package are instances. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    if (!isBase(this)) return Function.prototype[Symbol.hasInstance].call(this, value);
    try {
      return typeof value === "object" && value !== null && (value as { readonly [BRAND]?: unknown })[BRAND] === true;
    } catch {
      // A trap threw. Whatever was thrown is tested here, and none of our errors has traps.
      return false;
    }
  }
}

/** Said outside of the class: where a class names itself, the bundler gives it another name, and that is what `console.log` prints. */
function isBase(type: unknown): boolean {
  return type === ScopeError;
}

/** The part on one line, with long names cut. */
function plain(part: string, { service, context }: ScopeErrorDetails): string {
  let text = part;
  for (const name of [service, context]) {
    if (name !== undefined && name.length > LONGEST_NAME) text = text.replaceAll(name, oneLine(name));
  }
  return oneLine(text, LONGEST_MESSAGE);
}

Object.defineProperty(ScopeError.prototype, BRAND, { value: true });
Object.defineProperty(ScopeError.prototype, "name", { value: "ScopeError", writable: true, configurable: true });
