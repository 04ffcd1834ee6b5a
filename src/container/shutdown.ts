import { AwaitedContexts } from "../context/awaited-contexts.js";
import type { Context } from "../context/context.js";
import { current } from "../context/run.js";
import { type Allowed, checkRecord, milliseconds } from "../base/options.js";
import { rejectedWith } from "../base/rejected-with.js";
import { timeLimit } from "../base/time-limit.js";
import { type AnyContainer, type ContainerScopes, expectScopes } from "./container-scopes.js";
import { abortedByShutdown, warnOfOpenContexts } from "./errors.js";

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
  /** For how many milliseconds contexts may go on; then they are aborted, and get one more second. Default 10 000. */
  readonly graceMs?: number | undefined;
}

const OPTIONS: Readonly<Record<keyof ShutdownOptions, Allowed>> = { graceMs: milliseconds };

/** How long contexts may go on, by default. */
export const GRACE_MS = 10_000;

/** After they were aborted, contexts may go on for this long. */
const AFTER_ABORT_MS = 1_000;

const underWay = new WeakMap<ContainerScopes, Shutdown>();

/**
 * For the end of a process: waits for the contexts that are open, then ends the container's services.
 *
 * 1. It waits, for `graceMs`, for every context of the process that is open now, except the caller's own and those around it.
 * 2. It aborts the contexts that are left (`currentContext().signal`), and gives them one more second.
 * 3. It ends the services, each before what it holds. Pools take back what is still leased, with a warning that names the holders.
 *    What is draining may go on for the rest of `graceMs`.
 *
 * Let nothing new begin before: stop the workers. A server is stopped together with the container by `stopServer` of
 * `inversify-scopes/http`. `shutdown` does not wait for a context that begins later, and that context meets `UNBOUND`.
 *
 * @param container - one with the plugin; its own services end, not its parent's
 * @param options - see {@link ShutdownOptions}
 * @returns a promise that resolves when everything has ended. A second call gets the same promise; if its `graceMs` is shorter, that
 * counts.
 * @throws (as rejection) as `unbindAllAsync`, but after all has ended: the error of a service that could not be ended, or an
 * `AggregateError` of several; ScopeError `INVALID_OPTION`
 *
 * @example
 * ```ts
 * const onSigterm = async (): Promise<void> => {
 *   await worker.close(); // it takes no new jobs
 *   await shutdown(container);
 * };
 * ```
 */
export function shutdown(container: AnyContainer, options: ShutdownOptions = {}): Promise<void> {
  let scopes: ContainerScopes;
  try {
    scopes = expectScopes("shutdown", container);
    checkShutdownOptions("shutdown", options);
  } catch (error) {
    return rejectedWith(error);
  }
  let ending = underWay.get(scopes);
  if (ending === undefined) underWay.set(scopes, (ending = new Shutdown(scopes)));
  ending.hurry(options.graceMs ?? GRACE_MS);
  ending.spare();
  return ending.over;
}

/** @throws ScopeError `INVALID_OPTION` */
export function checkShutdownOptions(caller: string, options: unknown): void {
  checkRecord(caller, options, OPTIONS);
}

class Shutdown {
  readonly over: Promise<void>;
  readonly #contexts = new AwaitedContexts();
  /** The end of `graceMs`, by `performance.now()`. */
  #until = Infinity;
  #graceMs = Infinity;
  #lift = (): void => {};
  #isWaiting = true;
  readonly #scopes: ContainerScopes;

  constructor(scopes: ContainerScopes) {
    this.#scopes = scopes;
    this.over = this.#run();
  }

  /** The shortest `graceMs` counts. */
  hurry(graceMs: number): void {
    const until = performance.now() + graceMs;
    if (until >= this.#until) return;
    this.#until = until;
    if (!this.#isWaiting) return this.#scopes.hurry(graceMs);
    this.#graceMs = graceMs;
    this.#lift();
    this.#lift = timeLimit(graceMs, () => this.#graceOver());
  }

  /** It does not wait for the context of its caller. */
  spare(): void {
    this.#contexts.spare(current());
  }

  async #run(): Promise<void> {
    const scopes = this.#scopes;
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
    this.#contexts.abort(({ name }) => abortedByShutdown(this.#graceMs, name));
    this.#lift = timeLimit(AFTER_ABORT_MS, () => this.#contexts.stop());
  }
}

function tellOfLeft(left: ReadonlySet<Context>): void {
  if (left.size === 0) return;
  const now = Date.now();
  warnOfOpenContexts([...left].map(({ name, startedAt }) => ({ name, openMs: now - startedAt })));
}
