import type { BindWhenFluentSyntax, BoundServiceSyntax } from "inversify";
import { ScopeError } from "../base/errors.js";
import { type ContextValueOptions, contextValueScope } from "../scopes/context-value.js";
import { type BindingSpec, BindingBuilder } from "./binding-builder.js";
import { serviceName } from "./service-name.js";

type When<T> = BindWhenFluentSyntax<T>;

/** How a binding by `toContextValue` goes on: as in inversify, but without handlers for instances. */
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

/** Binds the proxy of a service whose objects are given; the rest of the binding is as for those that are made. */
export function bindContextValue(
  spec: Omit<BindingSpec, "recipe" | "hidden">,
  options: ContextValueOptions | undefined,
): ContextValueSyntax<unknown> {
  const service = serviceName(spec.identifier);
  const recipe: BindingSpec["recipe"] = (any) => any.toDynamicValue(() => neverMade(service));
  const binding = new BindingBuilder(recipe(spec.bindAnew()), { ...spec, recipe, hidden: recipe });
  const syntax = binding.toScope(() => contextValueScope(options));
  for (const method of REFUSED) syntax[method] = () => refused(service, method);
  return syntax;
}

/** Another scope was swapped in. */
function neverMade(service: string): never {
  throw new ScopeError(
    "INVALID_OPTION",
    `${service} is bound by toContextValue(): it is given to contexts, and there is nothing to make it by. Use swapInstance to put an ` +
      `object in its place.`,
    { service },
  );
}

function refused(service: string, method: string): never {
  throw new ScopeError(
    "INVALID_OPTION",
    `${service}: ${method}() means nothing after toContextValue(): its objects are given to contexts, and neither made nor ended here.`,
    { service },
  );
}
