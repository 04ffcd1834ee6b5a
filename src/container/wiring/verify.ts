import type { ServiceIdentifier } from "inversify";
import { type Finding, internal, ScopeError } from "../../base/errors.js";
import { checkRecord } from "../../base/options.js";
import { type AnyContainer, expectScopes } from "../container-scopes.js";
import { findingsOf } from "./findings.js";
import { readGraph } from "./graph.js";

/** What {@link verify} cannot see by itself. */
export interface VerifyOptions {
  /**
   * Services that are made asynchronously and that your code takes first, with `needs` or `ready`; they are then no
   * finding, though nothing of them can wait.
   */
  readonly needs?: readonly ServiceIdentifier[] | undefined;
}

/**
 * Checks a container's wiring, for a test or for start-up, and reports every finding with its remedy.
 *
 * - a captive dependency: what lives long keeps an instance of inversify's request scope, or of a class that is
 *   decorated as shorter-lived but bound without that; or it is made by a method of a shorter-lived provider
 * - a circle of services that need each other while they are made, with its path
 * - a service that is made asynchronously, of which nothing can wait and which nobody is said to take first; of an unknown
 *   class, if it is per async context or pooled, there also one that is limited
 * - a scoped service of which a dependency is not bound
 * - a provider class that is bound, but whose methods are not: `scopedModule` was forgotten
 * - a decorated class that autobind, or a binding from before the plugin, puts into no scope
 * - a class decorated with one scope and bound in another
 * - a class that no proxy can stand for as it is bound
 * - a name in `defer` that the class does not have
 * - a class with `end`, `close`, `quit`, `disconnect` or `release`, whose instances nothing ends
 * - a stock singleton that touches what belongs to a context while it is made, as far as its text tells
 *
 * It plans, as `container.get` does, but resolves nothing and runs no user code but constraints. So it cannot know all
 * that a constructor or a factory touches while it runs: a touch too early is `CAPTIVE_DEPENDENCY`, `SCOPE_CYCLE` or
 * `NOT_READY` then. An injected proxy as such is never a finding.
 *
 * @param container - one with the plugin; its own bindings are checked, and its parents' as far as they are injected
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

function wiringError(findings: readonly Finding[]): ScopeError {
  const [{ code, service }] = findings as [Finding];
  const count = `${findings.length} finding(s) in the container's wiring`;
  const lines = findings.map((finding) => `  ${finding.code} ${finding.message}`);
  return new ScopeError(code, [count, internal(`:\n${lines.join("\n")}`)], { service, findings });
}
