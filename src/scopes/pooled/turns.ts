/** Calls that run one after the other on a leased instance, in the order in which they came. */
export class Turns {
  /** A call has its turn. */
  areTaken = false;
  /** Wakes the calls that wait for their turn. */
  #waiting: Set<() => void> | undefined;

  /** Resolves when the turn has come, or when the context has lost the instance. */
  next(): Promise<void> {
    return new Promise((resolve) => (this.#waiting ??= new Set()).add(resolve));
  }

  /** A call is over: the turn passes to the one that has waited longest. */
  pass(): void {
    for (const wake of this.#waiting ?? NONE) {
      this.#waiting!.delete(wake);
      wake();
      return;
    }
    this.areTaken = false;
  }

  /** The context has lost the instance: no turn will come. */
  wakeAll(): void {
    for (const wake of this.#waiting ?? NONE) wake();
  }
}

const NONE: readonly never[] = [];
