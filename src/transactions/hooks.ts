import { warnOfFailedHook } from "./errors.js";

type Hook = () => unknown;
export type Outcome = "commit" | "rollback";

/** The functions to call after a transaction, by its outcome, in the order in which they were given. */
export class Hooks {
  readonly #hooks: { readonly after: Outcome | "either"; readonly hook: Hook }[] = [];

  add(after: Outcome, hook: Hook): void {
    this.#hooks.push({ after, hook });
  }

  /** A nested transaction has ended: its hooks go to the one around it, except those for a commit that it did not have. */
  joinAfter(outcome: Outcome, inner: Hooks): void {
    for (const { after, hook } of inner.#hooks) {
      if (outcome === "commit") this.#hooks.push({ after, hook });
      // Its rollback has happened; the hooks wait until the connection is free.
      else if (after !== "commit") this.#hooks.push({ after: "either", hook });
    }
  }

  /** Calls them outside the transaction, each awaited before the next. Nothing that they do changes the outcome. */
  async run(service: string, outcome: Outcome): Promise<void> {
    for (const { after, hook } of this.#hooks) {
      if (after !== outcome && after !== "either") continue;
      try {
        await hook();
      } catch (error) {
        warnOfFailedHook(service, outcome === "commit" ? "afterCommit" : "afterRollback", error);
      }
    }
  }
}
