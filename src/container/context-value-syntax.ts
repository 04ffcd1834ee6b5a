import type { BindWhenFluentSyntax, BoundServiceSyntax } from "inversify";
import { type ContextValueOptions, contextValueScope } from "../scopes/context-value.js";
import { type BindingSpec, BindingBuilder } from "./binding-builder.js";
import { meaninglessAfterContextValue, nothingToMakeBy } from "./errors.js";
import { serviceName } from "./service-name.js";

type When<T> = BindWhenFluentSyntax<T>;

/** How a binding goes on after `toContextValue`: as in inversify, but without scopes and handlers, since there are no instances. */
export type ContextValueSyntax<T> = {
  [Method in keyof When<T>]: When<T>[Method] extends (...args: infer Args) => BoundServiceSyntax
    ? (...args: Args) => BoundServiceSyntax
    : When<T>[Method];
};

const REFUSED = [
  "inSingletonScope",
  "inTransientScope",
  "inRequestScope",
  "inSharedScope",
  "inPerAsyncContextScope",
  "inPooledScope",
  "inScope",
  "onActivation",
  "onDeactivation",
] as const;

/** Binds the proxy of a service whose objects contexts are given. */
export function bindContextValue(
  spec: Omit<BindingSpec, "bindFactory" | "bindHidden">,
  options: ContextValueOptions | undefined,
): ContextValueSyntax<unknown> {
  const service = serviceName(spec.identifier);
  // It makes something only if another scope is swapped in.
  const fail = (): never => {
    throw nothingToMakeBy(service);
  };
  const bindFactory: BindingSpec["bindFactory"] = (syntax) => syntax.toDynamicValue(fail);
  const binding = new BindingBuilder(bindFactory(spec.bindAnew()), { ...spec, bindFactory, bindHidden: bindFactory });
  const syntax = binding.toScope(() => contextValueScope(options));
  for (const method of REFUSED) {
    syntax[method] = () => {
      throw meaninglessAfterContextValue(service, method);
    };
  }
  return syntax;
}
