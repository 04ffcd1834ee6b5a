/**
 * The bodies that have joined a transaction and still run. A commit waits for them: one that fails leaves nothing to commit. A rollback
 * does not: it takes along what they have done.
 */
export class Joined {
  #running = 0;
  #onOver: (() => void) | undefined;

  get isOver(): boolean {
    return this.#running === 0;
  }

  began(): void {
    this.#running++;
  }

  /** @param hasFailed - nobody need wait for the others */
  ended(hasFailed: boolean): void {
    this.#running--;
    if (hasFailed || this.isOver) this.#onOver?.();
  }

  /** Resolves when none runs any more, or one has failed. */
  over(): Promise<void> {
    return new Promise((resolve) => (this.#onOver = resolve));
  }
}
