import type { ErrorCode } from "../base/errors.js";
import type { WarningKind } from "./warnings.js";

/** Something that went wrong with a pool, for whoever looks later. */
export interface Incident {
  /** When, in milliseconds since the epoch. */
  readonly at: number;
  /** `timeout` of an acquisition, failed `creation`, `leak` of a lease, `deadlock`. */
  readonly kind: "timeout" | "creation" | "leak" | "deadlock";
  /** That of the error, or that of the warning. */
  readonly code: ErrorCode | WarningKind;
  /** What happened, without causes and without others' names. */
  readonly message: string;
  /** Who waited, or who had the lease. */
  readonly holder?: string;
  /** How long the lease was held. */
  readonly heldMs?: number;
  /** Where the lease was taken, if that was recorded. */
  readonly acquisitionStack?: string;
}

/** So many are kept. */
const MOST = 32;

/** The latest incidents of a pool. They cost nothing until one happens. */
export class Incidents {
  #latest: readonly Incident[] = [];

  /** The oldest first. */
  get latest(): readonly Incident[] {
    return this.#latest;
  }

  add(incident: Omit<Incident, "at">): void {
    this.#latest = [...this.#latest.slice(1 - MOST), { at: Date.now(), ...incident }];
  }
}
