/**
 * Tells when the activation and deactivation handlers of a container's services may have changed, so that they need not be
 * looked up for each instance. Whatever changes them goes through the plugin.
 */
export class Handlers {
  /** Counts up whenever some may have come or gone. */
  version = 0;
  /** Those of a parent come and go unseen, and inversify does not tell whether there is one. */
  mayHaveParent = true;
  /** Changes that take time. */
  #underWay = 0;

  /** What is looked up now is right until the version changes. */
  get areSettled(): boolean {
    return this.#underWay === 0 && !this.mayHaveParent;
  }

  change<R>(job: () => R): R {
    try {
      return job();
    } finally {
      this.version++;
    }
  }

  async changeLater<R>(job: () => Promise<R>): Promise<R> {
    this.#underWay++;
    this.version++;
    try {
      return await job();
    } finally {
      this.#underWay--;
    }
  }
}
