import { performance } from "node:perf_hooks";
import { AwaitedContexts } from "../context/awaited-contexts.js";
import type { Context } from "../context/context.js";
import { current } from "../context/run.js";
import { ScopeError } from "../base/errors.js";
import { oneLine } from "../base/one-line.js";
import { type Allowed, checkRecord, milliseconds } from "../base/options.js";
import { processWarning } from "../base/process-warning.js";
import { rejectedWith } from "../base/rejected-with.js";
import { timeLimit } from "../base/time-limit.js";
import { type AnyContainer, type ContainerScopes, expectScopes } from "./container-scopes.js";

/**
 * The options of {@link shutdown}.
 *
 * @example
 * ```ts
 * const options: ShutdownOptions = { graceMs: 5_000 };
 * const stop = (): Promise<void> => shutdown(container, options);
 * ```
 */
export interface ShutdownOptions {
  /** For how many milliseconds contexts may go on; then they are aborted, and given one more second. Default 10 000. */
  readonly graceMs?: number | undefined;
}

const OPTIONS: Readonly<Record<keyof ShutdownOptions, Allowed>> = { graceMs: milliseconds };

/** For so long those that were aborted may go on. */
const AFTER_ABORT_MS = 1_000;

const underWay = new WeakMap<ContainerScopes, Shutdown>();

/**
 * For the end of a process: waits for the contexts that are open, and ends the container's services then.
 *
 * 1. It waits for every context of the process that is open now, but for the caller's own and those around it; for `graceMs`.
 * 2. Those that are left are aborted (`currentContext().signal`), and given one more second.
 * 3. The services end, each before what it holds. Pools take back what is still leased, with a warning that names its holders; what
 *    is draining may go on for what is left of `graceMs`.
 *
 * Let nothing new begin first: close the server, stop the workers. A context that begins later is not waited for, and meets
 * `UNBOUND`.
 *
 * @param container - one with the plugin; its own services end, not its parent's
 * @param options - see {@link ShutdownOptions}
 * @returns a promise that resolves when everything has ended. Called again before, it is the same promise, and a shorter `graceMs` counts.
 * @throws (as rejection) as `unbindAllAsync`: the error of a service that could not be ended, or an `AggregateError` of several;
 * ScopeError `INVALID_OPTION`
 *
 * @example
 * ```ts
 * const onSigterm = async (): Promise<void> => {
 *   server.close();
 *   await shutdown(container);
 * };
 * ```
 */
export function shutdown(container: AnyContainer, options: ShutdownOptions = {}): Promise<void> {
  let scopes: ContainerScopes;
  try {
    scopes = expectScopes("shutdown", container);
    checkRecord("shutdown", options, OPTIONS);
  } catch (error) {
    return rejectedWith(error);
  }
  let ending = underWay.get(scopes);
  if (ending === undefined) underWay.set(scopes, (ending = new Shutdown(scopes)));
  ending.hurry(options.graceMs ?? 10_000);
  ending.spare();
  return ending.over;
}

class Shutdown {
  readonly over: Promise<void>;
  readonly #contexts = new AwaitedContexts();
  /** By `performance.now()`. */
  #until = Infinity;
  #graceMs = Infinity;
  #lift = (): void => {};
  #isWaiting = true;

  constructor(scopes: ContainerScopes) {
    this.over = this.#run(scopes);
  }

  /** Whoever asks for less patience gets it. */
  hurry(graceMs: number): void {
    const until = performance.now() + graceMs;
    if (!this.#isWaiting || until >= this.#until) return;
    this.#until = until;
    this.#graceMs = graceMs;
    this.#lift();
    this.#lift = timeLimit(graceMs, () => this.#graceOver());
  }

  /** The caller is no part of what it waits for. */
  spare(): void {
    this.#contexts.spare(current());
  }

  async #run(scopes: ContainerScopes): Promise<void> {
    try {
      await this.#contexts.gone;
      this.#isWaiting = false;
      this.#lift();
      tellOfLeft(this.#contexts.left);
      await scopes.endAll(() => Math.max(0, this.#until - performance.now()));
    } finally {
      underWay.delete(scopes);
    }
  }

  #graceOver(): void {
    this.#isWaiting = false;
    this.#contexts.abort((context) => abortedBy(this.#graceMs, context));
    this.#lift = timeLimit(AFTER_ABORT_MS, () => this.#contexts.stop());
  }
}

function abortedBy(graceMs: number, { name }: Context): ScopeError {
  return new ScopeError(
    "CONTEXT_ENDING",
    `${name} was aborted: shutdown has waited ${graceMs} ms for it, and ends the services now.`,
    { context: name },
  );
}

function tellOfLeft(left: ReadonlySet<Context>): void {
  if (left.size === 0) return;
  const now = Date.now();
  const contexts = [...left].map(({ name, startedAt }) => `${oneLine(name)} (open for ${now - startedAt} ms)`);
  processWarning(
    "ScopesWarning",
    "CONTEXTS_LEFT_OPEN",
    `shutdown ends the services although ${left.size} context(s) that it has aborted go on: ${contexts.join(", ")}. ` +
      `Let their work heed currentContext().signal, or give it a longer graceMs.`,
    undefined,
  );
}
