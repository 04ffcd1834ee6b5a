import type { HolderInfo } from "../../base/errors.js";

interface Lender {
  leases?(): readonly HolderInfo[];
}

/** Keeps what was closed while something of it was leased, until that has come back. */
export class StillLeased<T extends Lender> {
  #lenders: readonly T[] = [];

  add(closed: T): void {
    if (hasLeases(closed)) this.#lenders = [...this.all(), closed];
  }

  all(): readonly T[] {
    return (this.#lenders = this.#lenders.filter(hasLeases));
  }
}

function hasLeases(lender: Lender): boolean {
  return lender.leases !== undefined && lender.leases().length > 0;
}
