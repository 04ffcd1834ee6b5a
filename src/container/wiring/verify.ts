import type { ServiceIdentifier } from "inversify";
import { checkRecord } from "../../base/options.js";
import { type AnyContainer, expectScopes } from "../container-scopes.js";
import { wiringError } from "../errors.js";
import { readGraph } from "./graph.js";
import { findingsOf } from "./rules.js";

/** What {@link verify} cannot see by itself: the options. */
export interface VerifyOptions {
  /**
   * Services whose instances your code takes first, with `needs` or `ready`. They are no finding, though none of their calls can
   * wait.
   */
  readonly needs?: readonly ServiceIdentifier[] | undefined;
}

/**
 * Checks a container's wiring, for a test or for start-up, and reports every finding with its remedy:
 *
 * - a captive dependency: what lives long keeps an instance of inversify's request scope, or of a class that is decorated as
 *   shorter-lived but bound without that; or a method of a shorter-lived provider makes it
 * - a circle of services that need each other while they are made, with its path
 * - a service that is made asynchronously, though none of its calls can wait and `needs` does not name it. If its class is not known:
 *   a per-async-context or pooled service that is made asynchronously, or a pool with a limit
 * - a scoped service with a dependency that is not bound
 * - a provider class that is bound, while its methods are not: `scopedModule` was forgotten
 * - a decorated class whose scope is ignored, by autobind or by a binding from before the plugin
 * - a class that is decorated with one scope and bound in another
 * - a class for which no proxy can stand as it is bound
 * - a name in `defer` that the class does not have
 * - a class with `end`, `close`, `quit`, `disconnect` or `release`, whose instances nothing ends
 * - a stock singleton that touches what belongs to a context while it is made, as far as its text tells
 *
 * It plans as `container.get` does, but resolves nothing, and runs no user code but constraints. So it cannot know everything that a
 * constructor or a factory touches: a touch that comes too early throws `CAPTIVE_DEPENDENCY`, `SCOPE_CYCLE` or `NOT_READY` when it
 * happens. An injected proxy as such is never a finding.
 *
 * @param container - one with the plugin; its own bindings are checked, and those of its parents that are injected
 * @throws ScopeError with every finding in `findings`, and the code of the first; `INVALID_OPTION`
 *
 * @example
 * ```ts
 * it("is wired well", () => verify(buildContainer()));
 * ```
 */
export function verify(container: AnyContainer, options: VerifyOptions = {}): void {
  checkRecord("verify", options, { needs: { test: Array.isArray, text: "an array of service identifiers" } });
  const findings = findingsOf(readGraph(expectScopes("verify", container)), new Set(options.needs));
  if (findings.length > 0) throw wiringError(findings);
}
