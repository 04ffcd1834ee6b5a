import { type Scope, type ScopeName, scopedProxy, setFactory } from "inversify-scopes";

/** A service without a container, whose proxy has the methods of its class. */
export function serviceOf<T extends object>(
  shape: abstract new (...args: never[]) => T,
  factory: (n: number) => T | Promise<T>,
  scope: Scope | ScopeName,
  name = shape.name,
): T {
  const proxy = scopedProxy<T>(name, { shape });
  setFactory(proxy, factory, scope);
  return proxy;
}
