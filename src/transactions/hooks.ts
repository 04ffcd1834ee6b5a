import { oneLine } from "../base/one-line.js";
import { processWarning } from "../base/process-warning.js";
import { summarizeError } from "../base/summarize-error.js";

type Hook = () => unknown;
type Outcome = "commit" | "rollback";

/** What is to be done when it is known how a transaction has ended, in the order in which it was said. */
export class Hooks {
  readonly #hooks: { readonly after: Outcome | "either"; readonly hook: Hook }[] = [];

  add(after: Outcome, hook: Hook): void {
    this.#hooks.push({ after, hook });
  }

  /** A savepoint has ended: what it was to do belongs to the transaction around it, but for what its rollback has undone. */
  joinAfter(outcome: Outcome, inner: Hooks): void {
    for (const { after, hook } of inner.#hooks) {
      if (outcome === "commit") this.#hooks.push({ after, hook });
      // The rollback has happened; its hooks wait until the connection is free.
      else if (after !== "commit") this.#hooks.push({ after: "either", hook });
    }
  }

  /** Outside the transaction, one after the other; nothing that they do changes its outcome. */
  async run(service: string, outcome: Outcome): Promise<void> {
    for (const { after, hook } of this.#hooks) {
      if (after !== outcome && after !== "either") continue;
      try {
        await hook();
      } catch (error) {
        processWarning(
          "ScopesWarning",
          "TRANSACTION_HOOK_FAILED",
          `A function given to after${outcome === "commit" ? "Commit" : "Rollback"} in a transaction of ${oneLine(service)} failed, ` +
            `which changes nothing of the transaction: ${summarizeError(error)}`,
          error,
        );
      }
    }
  }
}
