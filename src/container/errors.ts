/**
 * All errors and warnings of containers, each with its template. (What `verify` finds has a catalogue of its own,
 * `wiring/findings.ts`; wrong options are refused where they are checked.)
 *
 * @module
 */
import type { Container } from "inversify";
import { classNameOf } from "../base/class-name.js";
import { type Finding, internal, ScopeError } from "../base/errors.js";
import { ofShutdown } from "../base/of-shutdown.js";
import { oneLine } from "../base/one-line.js";
import { oneOrAll } from "../base/one-or-all.js";
import { invalidOption } from "../base/options.js";
import { processWarning } from "../base/process-warning.js";
import { classScopeOf, providerMethodsOf } from "./class-scope.js";
import type { InversifyClass } from "./inversify-types.js";
import { serviceName } from "./service-name.js";

/** `INVALID_OPTION`: the container lacks the plugin. */
export function noPlugin(caller: string, container: Container): ScopeError {
  const text = "a Container with the ScopesPlugin. Say container.register(ScopesPlugin) before anything is bound";
  return invalidOption(caller, "container", container, text);
}

/** `INVALID_OPTION`: a module of decorated classes is loaded into a container without the plugin. */
export function moduleWithoutPlugin(classes: readonly InversifyClass[]): ScopeError {
  const names = classes.map((one) => classNameOf(one)).join(", ");
  return new ScopeError(
    "INVALID_OPTION",
    `scopedModule(${names}) was loaded into a container without scopes. Say container.register(ScopesPlugin) first, or ` +
      `make a ScopedContainer.`,
  );
}

/** `INVALID_OPTION`: the container has the plugin of another installed copy of the package. */
export function otherCopy(caller: string, other: string, here: string): ScopeError {
  return new ScopeError(
    "INVALID_OPTION",
    `${caller}: the container has the ScopesPlugin of the copy of inversify-scopes in ${other}, but this is the one in ` +
      `${here}. Use the copy that has registered it, or install one copy only (see \`npm ls inversify-scopes\`).`,
    { service: caller },
  );
}

/** The error of a scope's options, told by the service that is bound in it. */
export function ofService(service: string, error: ScopeError): ScopeError {
  return new ScopeError(error.code, `${service}: ${error.message}`, { service, cause: error });
}

/** `INVALID_OPTION`: nothing tells what a decorated class's constructor is given. */
export function missingMetadata(type: InversifyClass, cause: unknown): ScopeError {
  const { name } = type;
  const injectable =
    classScopeOf(type) === undefined
      ? "put @injectable() on the class, so that TypeScript writes their types down; or "
      : "";
  return new ScopeError(
    "INVALID_OPTION",
    `${name}: nothing tells what its constructor's parameters are given. To mend it, ${injectable}say @inject(TheService) on each of them ` +
      `(${NO_TYPES}).`,
    { service: name, cause },
  );
}

/** Why nothing is known of what is decorated. */
export const NO_TYPES =
  'compilers without "emitDecoratorMetadata", as esbuild and tsx, write no types down, and of an interface or an `import type` ' +
  "there is none";

/** `INVALID_OPTION`: a class is given to `scopedModule` twice. */
export function listedTwice(listed: InversifyClass): ScopeError {
  const name = classNameOf(listed);
  return new ScopeError(
    "INVALID_OPTION",
    `scopedModule: ${name} is listed twice, and all of it would be bound twice. List it once.`,
    { service: name },
  );
}

/** `INVALID_OPTION`: what is given to `scopedModule` has no scope. */
export function notDecorated(name: string): ScopeError {
  return new ScopeError(
    "INVALID_OPTION",
    `scopedModule: ${name} carries no scope. Put @shared(), @perAsyncContext() or @pooled(n) on the class or on its ` +
      `provider methods.`,
    { service: name },
  );
}

/** `INVALID_OPTION`: two classes or methods of scoped modules make one service. */
export function madeTwice(service: string, by: string, other: string): ScopeError {
  return new ScopeError(
    "INVALID_OPTION",
    `scopedModule: ${service} is made by ${by} and by ${other}: nobody could tell which one is meant. Load one of them, ` +
      `or give each provider method a \`name\` or a \`tag\` of its own.`,
    { service },
  );
}

/** `INVALID_OPTION`: a provider class is bound, but not what its methods make. */
export function methodsNotBound(provider: InversifyClass): ScopeError {
  return new ScopeError("INVALID_OPTION", methodsNotBoundText(provider), { service: classNameOf(provider) });
}

/** The same, as `verify` says it. */
export function methodsNotBoundText(provider: InversifyClass): string {
  const name = oneLine(classNameOf(provider));
  const methods = providerMethodsOf(provider).map(({ method }) => oneLine(String(method)));
  return (
    `${name} is bound, but what its methods make (${methods.join(", ")}) is not. Say ` +
    `container.load(scopedModule(${name})).`
  );
}

/** `INVALID_OPTION`: contexts are given the service's objects, and another scope was put in its place. */
export function nothingToMakeBy(service: string): ScopeError {
  return new ScopeError(
    "INVALID_OPTION",
    `${service} is bound by toContextValue(): it is given to contexts, and there is nothing to make it by. Use swapInstance to put an ` +
      `object in its place.`,
    { service },
  );
}

/** `INVALID_OPTION`: a scope or a handler is named after `toContextValue()`. */
export function meaninglessAfterContextValue(service: string, method: string): ScopeError {
  return new ScopeError(
    "INVALID_OPTION",
    `${service}: ${method}() means nothing after toContextValue(): its objects are given to contexts, and neither made nor ended here.`,
    { service },
  );
}

/** `CONTEXT_ENDING`: the reason with which `shutdown` aborts a context. */
export function abortedByShutdown(graceMs: number, context: string): ScopeError {
  const text = `${context} was aborted: shutdown has waited ${graceMs} ms for it, and ends the services now.`;
  return ofShutdown(new ScopeError("CONTEXT_ENDING", text, { context }));
}

/** What the end of several services throws. */
export function endsFailed(errors: readonly unknown[]): unknown {
  return oneOrAll(errors, "services could not be ended");
}

/** All that `verify` found, by the code of the first finding. */
export function wiringError(findings: readonly Finding[]): ScopeError {
  const [{ code, service }] = findings as [Finding];
  const count = `${findings.length} finding(s) in the container's wiring`;
  const lines = findings.map((finding) => `  ${finding.code} ${finding.message}`);
  return new ScopeError(code, [count, internal(`:\n${lines.join("\n")}`)], { service, findings });
}

/** Warns that `shutdown` ends the services while contexts go on. */
export function warnOfOpenContexts(contexts: readonly { readonly name: string; readonly openMs: number }[]): void {
  const names = contexts.map(({ name, openMs }) => `${oneLine(name)} (open for ${openMs} ms)`);
  processWarning(
    "ScopesWarning",
    "CONTEXTS_LEFT_OPEN",
    `shutdown ends the services although ${contexts.length} context(s) that it has aborted go on: ${names.join(", ")}. ` +
      `Let their work heed currentContext().signal, or give it a longer graceMs.`,
    undefined,
  );
}

/** Warns that a stock binding has resolved a decorated class. */
export function warnOfIgnoredScope(decorated: InversifyClass): void {
  process.emitWarning(ignoredScopeText(decorated), { type: "ScopesWarning", code: "IGNORED_CLASS_SCOPE" });
}

/** The same, as `verify` says it. */
export function ignoredScopeText(decorated: InversifyClass): string {
  const name = oneLine(serviceName(decorated as never));
  const scope = oneLine(classScopeOf(decorated)!.name);
  return (
    `${name} is decorated with the scope "${scope}", but was resolved by a stock ` +
    `binding: autobind ignores class scopes, and so do bindings made before the ScopesPlugin was registered. ` +
    `Say container.bind(${name}).toSelf(), or container.load(scopedModule(${name})).`
  );
}
