import {
  aFunction,
  type Allowed,
  aSignal,
  checkRecord,
  duration,
  invalidOption,
  milliseconds,
} from "../base/options.js";
import type { ContextValue, DetachOptions } from "../context/index.js";
import { checkContextOptions } from "../context/options.js";
import { expectTarget } from "../proxy/registry.js";

/**
 * A function of the handler's arguments. It is typed as a method, so that its parameters may be annotated with the framework's own
 * types, which know more of the request than this package does.
 */
export type OfArgs<Args extends readonly unknown[], R> = { of(...args: Args): R }["of"];

/**
 * The options of the adapters. A function is called once for each request, job or message, with the handler's arguments: `(req, res)`,
 * for Fastify `(request, reply)`, for `inFetch` the `Request` and what came with it.
 *
 * @example
 * ```ts
 * import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
 * const options: AdapterOptions<[IncomingMessage, ServerResponse]> = {
 *   name: (req) => `${req.method} of ${req.headers.host}`,
 *   needs: [db],
 *   onError: (error) => log.error(error),
 * };
 * createServer(inRequest((_req, res) => res.end("hello"), options));
 * ```
 */
export interface AdapterOptions<Args extends readonly unknown[]> {
  /**
   * How errors and warnings call the context. Default: `METHOD /path` without the query, for Fastify with the pattern of the route; for
   * `inContext` the name of the handler.
   */
  readonly name?: string | OfArgs<Args, string> | undefined;
  /** Injected proxies whose instances are taken before the handler runs; see `runInContext`. Default: none. */
  readonly needs?: readonly object[] | undefined;
  /** Objects for the services that are bound by `toContextValue`. Default: none. */
  readonly values?: OfArgs<Args, readonly ContextValue[]> | undefined;
  /** Aborts the context, as the client's leaving does. Default: none. */
  readonly signal?: OfArgs<Args, AbortSignal | undefined> | undefined;
  /** How many milliseconds the end waits for calls that still run; see `runInContext`. Default 0. */
  readonly graceMs?: number | undefined;
  /**
   * If the client left before it was answered, and nothing tells when the handler has finished: after how many milliseconds the context
   * ends without an attempt to answer. Default 30 000.
   */
  readonly leftMs?: number | undefined;
  /**
   * Gets what failed at the end of a context, when there is no caller any more: the one error, or an `AggregateError`. Default: a
   * process warning `CONTEXT_END_FAILED` with the error as its `cause`.
   */
  readonly onError?: OfArgs<[error: unknown, ...args: Args], void> | undefined;
}

/** The options of any adapter. */
export type AnyOptions = AdapterOptions<never>;

/** After the client has left, a handler that tells nothing is waited for so long. */
export const LEFT_MS = 30_000;

const ALLOWED: Readonly<Record<keyof AnyOptions, Allowed>> = {
  name: {
    test: (value) => typeof value === "function" || (typeof value === "string" && value !== ""),
    text: "a string that is not empty, or a function that returns one",
  },
  needs: { test: (value) => Array.isArray(value), text: "an array of injected proxies" },
  values: aFunction,
  signal: aFunction,
  graceMs: milliseconds,
  leftMs: duration,
  onError: aFunction,
};

/**
 * Checks the options when the adapter is made, not when the first request comes.
 *
 * @throws ScopeError `INVALID_OPTION`
 */
export function checkedOptions(adapter: string, options: unknown): AnyOptions {
  if (options === undefined) return {};
  checkRecord(adapter, options, ALLOWED);
  const { needs = [] } = options as AnyOptions;
  for (const [i, proxy] of needs.entries()) expectTarget(adapter, proxy, `needs[${i}]`);
  return options as AnyOptions;
}

/** @throws ScopeError `INVALID_OPTION` */
export function checkHandler(adapter: string, name: string, handler: unknown): void {
  if (typeof handler !== "function") throw invalidOption(adapter, name, handler, "a function, given first");
}

/** What the options of one context are made of. */
export interface ContextSource {
  readonly adapter: string;
  readonly options: AnyOptions;
  readonly args: readonly unknown[];
  defaultName(): string;
}

/** The options of one context, without `needs`, from an adapter's options and the arguments. Throws what their functions throw. */
export function contextOptions(source: ContextSource): DetachOptions & { readonly name: string } {
  const { adapter, options } = source;
  const { name, graceMs, values, signal } = options;
  // Most have none, and need no arguments.
  if (values === undefined && signal === undefined && typeof name !== "function") {
    return { name: name ?? source.defaultName(), graceMs };
  }
  const args = source.args as never;
  const own = signal?.(...args);
  if (own !== undefined && !aSignal.test(own)) throw invalidOption(adapter, "signal()", own, aSignal.text);
  const made = {
    name: typeof name === "function" ? name(...args) : (name ?? source.defaultName()),
    graceMs,
    values: values?.(...args),
    signal: own,
  };
  checkContextOptions(adapter, made);
  return made;
}

/** The adapter's `onError` for one context. */
export function onEndError({ onError }: AnyOptions, args: readonly unknown[]): ((error: unknown) => void) | undefined {
  return onError && ((error) => onError(error, ...(args as never)));
}
