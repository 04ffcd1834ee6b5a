import type { PluginApi } from "@inversifyjs/plugin";
import type { BindToFluentSyntax, Container, ServiceIdentifier } from "inversify";
import { decorateTo } from "./binding-syntax.js";
import { scopedBindingBy } from "./scoped-binding.js";
import type { ContainerScopes } from "./container-scopes.js";
import type { InversifyBinding } from "./inversify-types.js";
import { Line } from "./line.js";
import { followLine } from "./successor.js";

type To = BindToFluentSyntax<unknown>;

/** `rebind`: the new binding takes the place of the old one, also for whatever holds the old one's proxy. */
export function defineRebinding(api: PluginApi, container: Container, scopes: ContainerScopes): void {
  const rebind = container.rebind.bind(container) as (identifier: ServiceIdentifier) => To;
  const rebindAsync = container.rebindAsync.bind(container) as (identifier: ServiceIdentifier) => Promise<To>;
  const begin = (identifier: ServiceIdentifier, first: To, old: InversifyBinding | undefined): To => {
    const bindAnew = firstThen(first, () => scopes.bindStock(identifier));
    const line = old === undefined || isThere(old, scopes) ? undefined : lineAfter(old, container, scopes);
    return decorateTo(scopes, identifier, bindAnew, line);
  };
  api.define("rebind", (identifier: ServiceIdentifier) => {
    const old = onlyBinding(identifier, scopes);
    const first = scopes.removing(scopes.scopedBindingsOf(identifier), () => rebind(identifier));
    return begin(identifier, first, old);
  });
  api.define("rebindAsync", async (identifier: ServiceIdentifier) => {
    const old = onlyBinding(identifier, scopes);
    const first = await scopes.removingAsync(scopes.scopedBindingsOf(identifier), () => rebindAsync(identifier));
    return begin(identifier, first, old);
  });
}

/** The one binding of a service. Of several, nothing tells whose place a new one takes. */
function onlyBinding(identifier: ServiceIdentifier, scopes: ContainerScopes): InversifyBinding | undefined {
  const [first, second] = scopes.inversify.bindingService.getNonParentBindings(identifier) ?? [];
  return second === undefined ? first : undefined;
}

/** A `restore()` has brought it back while it was being removed: then the new one stands beside it. */
function isThere({ id }: InversifyBinding, { inversify }: ContainerScopes): boolean {
  return [...(inversify.bindingService.getById(id) ?? [])].length > 0;
}

/** The line that an old binding leaves to the new one; none if the old one never had a proxy. */
function lineAfter(old: InversifyBinding, container: Container, scopes: ContainerScopes): Line | undefined {
  const scoped = scopedBindingBy(old);
  const before = Line.of(old);
  if (scoped === undefined) return before;
  const line = before ?? new Line(scopes.inversify, old.serviceIdentifier);
  followLine(scoped, line, container, scopes);
  return line;
}

/** Returns the syntax that inversify gave, and after that a new one each time. */
function firstThen(first: To, again: () => To): () => To {
  let next: To | undefined = first;
  return () => {
    const syntax = next ?? again();
    next = undefined;
    return syntax;
  };
}
