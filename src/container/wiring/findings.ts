/**
 * Everything that `verify` finds, each mistake with its template: what is wrong, and what to do.
 *
 * @module
 */
import type { Finding } from "../../base/errors.js";
import { BELOW_ES2017 } from "../../scopes/binding/how-to-wait.js";
import { unknownDeferredText } from "../../scopes/binding/errors.js";
import { endlessText } from "../../scopes/disposal/failures.js";
import { ignoredScopeText, methodsNotBoundText } from "../errors.js";
import type { InversifyClass } from "../inversify-types.js";
import type { GraphNode } from "./graph.js";

/** A binding, as findings call it. */
type Named = Pick<GraphNode, "name" | "scope">;

/** What its instances need is not bound. @param problem - what inversify says */
export function cannotBeMade(name: string, problem: string): Finding {
  return {
    code: "CREATE_FAILED",
    service: name,
    message: `${name} cannot be made: ${problem} Bind what is missing, in this container or a parent.`,
  };
}

/** Services need each other while they are made. */
export function cycle(service: string, path: readonly string[]): Finding {
  return {
    code: "SCOPE_CYCLE",
    service,
    message: `${path.join(" → ")}: each needs the next one to be made. Let one of them get the other as a proxy, by a scope of ours, and touch it later.`,
  };
}

/**
 * What lives long keeps an instance of something shorter-lived.
 *
 * @param path - from the holder to what it keeps
 * @param shorter - why that is shorter-lived
 */
export function keepsShorterLived(holder: Named, path: readonly Named[], shorter: string): Finding {
  const captured = path.at(-1)!;
  return {
    code: "CAPTIVE_DEPENDENCY",
    service: holder.name,
    message:
      `${[holder, ...path].map(({ name }) => name).join(" → ")}: ${holder.name} (${holder.scope}) would keep, for one ` +
      `context after the other, an instance of ${captured.name}, which is ${shorter}. Bind ${captured.name} per async context, or ${holder.name} in ` +
      `a scope no longer than that.`,
  };
}

/** What lives long is made by a method of a shorter-lived provider. */
export function madeByShorterLived({ name, scope }: Named, provider: Named): Finding {
  return {
    code: "CAPTIVE_DEPENDENCY",
    service: name,
    message:
      `${name} (${scope}) is made by a method of ${provider.name}, which is ${provider.scope} and can be touched only in a ` +
      `context. Let the provider be shared, or decorate the method with @perAsyncContext().`,
  };
}

/** A stock singleton touches what belongs to a context. @param where - in which of its functions */
export function touchesContext({ name }: Named, touched: Named, where: string): Finding {
  return {
    code: "CAPTIVE_DEPENDENCY",
    service: name,
    message:
      `${name} (singleton) touches ${touched.name}, which is ${touched.scope}, while it is made (${where}): it would keep what it finds in the ` +
      `first context for all later ones. Let it keep the proxy and touch it in its methods, or bind ${name} per async context.`,
  };
}

/**
 * A class has no member whose calls can wait for an instance that is made asynchronously.
 *
 * @param why - why it is made asynchronously
 * @param wasAsync - members were `async` before they were compiled
 */
export function noMemberWaits(name: string, className: string, why: string, wasAsync: boolean): Finding {
  return {
    code: "NOT_READY",
    service: name,
    message:
      `${name} is made asynchronously (${why}), but ${className} has no async member whose call could wait` +
      `${wasAsync ? ` (it was ${BELOW_ES2017})` : ""}. Name those ` +
      `that return a promise in \`defer\`; or take it first, with runInContext({ needs: [proxy] }, fn) or await ` +
      `ready(proxy), and say so: verify(container, { needs: [${name}] }).`,
  };
}

/**
 * The class of a service is not known, so that no call can wait.
 *
 * @param why - why it is made asynchronously, if it is
 * @param maxSize - of its pool
 */
export function noClassWaits(
  { name, scope }: Named,
  why: string | undefined,
  maxSize: number | undefined,
  isOfContext: boolean,
): Finding {
  const reason = why === undefined ? `there are at most ${maxSize}` : `it is made asynchronously (${why})`;
  const first = isOfContext ? "runInContext({ needs: [proxy] }, fn) or await ready(proxy)" : "use(proxy, fn)";
  return {
    code: why === undefined ? "POOL_EXHAUSTED" : "NOT_READY",
    service: name,
    message:
      `${name} is ${scope}, and ${reason}, but no call of it can wait, since its class is not known. Tell it with the ` +
      `option \`shape\` (a class, an example, or Function if it is called itself), or name the members that return a promise in \`defer\`; or take it first, with ${first}, and say ` +
      `so: verify(container, { needs: [${name}] }).`,
  };
}

/** A stock binding ignores the scope of a decorated class. */
export function ignoresScope(name: string, decorated: InversifyClass): Finding {
  return { code: "INVALID_OPTION", service: name, message: ignoredScopeText(decorated) };
}

/** A provider class is bound, but not what its methods make. */
export function providersForgotten(name: string, provider: InversifyClass): Finding {
  return { code: "INVALID_OPTION", service: name, message: methodsNotBoundText(provider) };
}

/** A class is decorated with one scope and bound in another. */
export function contradictsScope({ name, scope }: Named, decoratedAs: string): Finding {
  return {
    code: "INVALID_OPTION",
    service: name,
    message:
      `${name} is decorated as ${decoratedAs}, but bound as ${scope}. Say one of them: leave the scope out of the ` +
      `binding, or the decorator off the class.`,
  };
}

/** A class extends Array or Function, and the binding does not say so. */
export function needsShape(name: string, className: string, exotic: string): Finding {
  return {
    code: "NOT_PROXYABLE",
    service: name,
    message: `${name}: ${className} extends ${exotic}, for which a proxy must be made: say { shape: ${exotic} }.`,
  };
}

/** Nothing calls the method that ends an instance. */
export function neverEnded(name: string, end: string): Finding {
  return { code: "INVALID_OPTION", service: name, message: endlessText(name, end) };
}

/** `defer` names what no instance has. */
export function defersNothing(name: string, unknown: PropertyKey, methods: readonly string[]): Finding {
  return { code: "INVALID_OPTION", service: name, message: unknownDeferredText(name, unknown, methods) };
}
