import type { InContext } from "../base/async-frame.js";
import { summarizeError } from "../base/summarize-error.js";
import type { HolderInfo, ScopeError } from "../base/errors.js";
import { isThenable } from "../base/is-thenable.js";
import { oneLine } from "../base/one-line.js";
import { processWarning } from "../base/process-warning.js";
import { heldBy, stackLines } from "./errors.js";
import type { PoolLogger } from "./options.js";
import type { DestroyReason } from "./slot.js";

/** The kinds of warnings of a pool; the `code` of a `process` warning, and `facts.kind` for a logger. */
export type WarningKind =
  | "POOL_OPTIONS"
  | "POOL_FILL_FAILED"
  | "POOL_HOOK_FAILED"
  | "POOL_DESTROY_FAILED"
  | "POOL_INSTANCE_BROKEN"
  | "POOL_LEASE_LONG"
  | "POOL_LEASE_BACK"
  | "POOL_LEASE_TAKEN_BACK"
  | "POOL_LEASE_ABANDONED"
  | "POOL_RELEASED_TWICE"
  | "POOL_DRAIN_TIMEOUT";

/**
 * The catalogue of the pool's warnings: what no caller can be told by an error. They go to the logger, or once a kind through
 * `process.emitWarning`.
 */
export class Warnings {
  readonly #given = new Set<WarningKind>();
  readonly #label: string;
  readonly #logger: PoolLogger | undefined;
  readonly #inPool: InContext;

  constructor(label: string, logger: PoolLogger | undefined, inPool: InContext) {
    this.#label = label;
    this.#logger = logger;
    this.#inPool = inPool;
  }

  warnsTooLate(leaseWarnMs: number, maxLeaseMs: number): void {
    this.#warn(
      "POOL_OPTIONS",
      `leaseWarnMs, ${leaseWarnMs} ms, is not less than maxLeaseMs, ${maxLeaseMs} ms: leases are taken back unwarned`,
    );
  }

  fillFailed(error: unknown): void {
    this.#warn("POOL_FILL_FAILED", `an instance could not be made: ${summarizeError(error)}`, { error });
  }

  hookFailed(hook: string, error: unknown): void {
    this.#warn("POOL_HOOK_FAILED", `${hook} failed, so the instance is destroyed: ${summarizeError(error)}`, {
      hook,
      error,
    });
  }

  destroyFailed(instance: number, reason: DestroyReason, error: unknown): void {
    const facts = { instance, reason, error };
    this.#warn(
      "POOL_DESTROY_FAILED",
      `instance ${instance} (${reason}) could not be destroyed: ${summarizeError(error)}`,
      facts,
    );
  }

  instanceBroken(instance: number, error: unknown): void {
    this.#broken(instance, "emitted an error", error);
  }

  /** @param when "" at first, " any more" later */
  cannotListen(instance: number, when: "" | " any more", error: unknown): void {
    this.#broken(instance, `cannot be listened to${when}`, error);
  }

  leaseLong(instance: number, holder: HolderInfo, leaseWarnMs: number): void {
    this.#warn(
      "POOL_LEASE_LONG",
      `${oneLine(holder.holder)} holds a lease for ${holder.heldMs} ms, longer than leaseWarnMs, ${leaseWarnMs} ms` +
        stackLines(holder, "; it was taken\n", ""),
      { instance, holder },
    );
  }

  leaseBack(instance: number, holder: HolderInfo): void {
    const { heldMs } = holder;
    this.#warn("POOL_LEASE_BACK", `the lease of ${oneLine(holder.holder)} came back after all, after ${heldMs} ms`, {
      instance,
      holder,
    });
  }

  lostLeaseBack(instance: number): void {
    this.#warn("POOL_LEASE_BACK", "a lease that had been taken back was given back after all", { instance });
  }

  leaseTakenBack(instance: number, error: ScopeError): void {
    this.#warn("POOL_LEASE_TAKEN_BACK", this.#textOf(error), { instance, holders: error.holders });
  }

  leasesTakenBack(holders: readonly HolderInfo[]): void {
    this.#warn(
      "POOL_LEASE_TAKEN_BACK",
      `closing: ${holders.length} leases did not come back in time and are taken back.${heldBy(holders)}`,
      { holders },
    );
  }

  leaseAbandoned(instance: number, holder: HolderInfo): void {
    this.#warn(
      "POOL_LEASE_ABANDONED",
      `a lease was dropped without being released, ${holder.heldMs} ms after it was taken; its instance is destroyed. ` +
        `Use "await using", or use()${stackLines(holder, ". It was taken\n", "")}`,
      { instance, holder },
    );
  }

  releasedTwice(): void {
    this.#warn(
      "POOL_RELEASED_TWICE",
      "a lease was given back that had been given back before; that does nothing, but tells of an error in the program",
    );
  }

  drainedTooLong(instance: number, holder: HolderInfo, error: ScopeError): void {
    this.#warn("POOL_DRAIN_TIMEOUT", this.#textOf(error), { instance, holder });
  }

  #broken(instance: number, how: string, error: unknown): void {
    this.#warn("POOL_INSTANCE_BROKEN", `instance ${instance} ${how}: ${summarizeError(error)}`, { instance, error });
  }

  /** An error's message without the label, which every warning begins with. */
  #textOf(error: ScopeError): string {
    return error.message.slice(oneLine(this.#label).length + 2);
  }

  #warn(kind: WarningKind, text: string, facts: Readonly<Record<string, unknown>> = {}): void {
    const message = `${oneLine(this.#label)}: ${text}`;
    const logger = this.#logger;
    if (logger !== undefined) {
      try {
        const pool = this.#label;
        const returned: unknown = this.#inPool(() => logger.warn(message, { pool, kind, ...facts }));
        if (isThenable(returned)) Promise.resolve(returned).catch(ignore);
      } catch {
        // A logger that throws must not stop the pool, and there is no one left to tell.
      }
    } else if (!this.#given.has(kind)) {
      this.#given.add(kind);
      processWarning("PoolWarning", kind, message, facts["error"]);
    }
  }
}

/** A logger that rejects must not stop the pool, either. */
function ignore(): void {}
