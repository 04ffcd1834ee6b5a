import type { InContext } from "../base/async-frame.js";
import { isThenable } from "../base/is-thenable.js";
import { oneLine } from "../base/one-line.js";
import { processWarning } from "../base/process-warning.js";
import type { PoolLogger } from "./options.js";

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

/** Says what nobody can be told by an error: to the logger, or once a kind through `process.emitWarning`. */
export class Reporter {
  readonly #said = new Set<WarningKind>();

  constructor(
    readonly label: string,
    readonly logger: PoolLogger | undefined,
    readonly inPool: InContext,
  ) {}

  warn(kind: WarningKind, text: string, facts: Readonly<Record<string, unknown>> = {}): void {
    const { logger, label } = this;
    const message = `${oneLine(label)}: ${text}`;
    if (logger !== undefined) {
      try {
        const said: unknown = this.inPool(() => logger.warn(message, { pool: label, kind, ...facts }));
        if (isThenable(said)) Promise.resolve(said).catch(ignore);
      } catch {
        // A logger that throws must not stop the pool; there is nobody left to tell.
      }
    } else if (!this.#said.has(kind)) {
      this.#said.add(kind);
      processWarning("PoolWarning", kind, message, facts["error"]);
    }
  }
}

/** As for a logger that throws. */
function ignore(): void {}
