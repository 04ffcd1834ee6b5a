import { types } from "node:util";

/**
 * Notes which functions an ordinary proxy shows itself, to take off again what spies and stubs put there from now on. A full
 * proxy shows the instance's, which goes with the instance.
 *
 * @returns puts back what was there
 */
export function rememberFunctions(proxy: object): () => void {
  if (types.isProxy(proxy)) return () => {};
  const before = Object.getOwnPropertyDescriptors(proxy) as Record<PropertyKey, PropertyDescriptor>;
  return () => {
    for (const key of Reflect.ownKeys(proxy)) {
      const { value } = Reflect.getOwnPropertyDescriptor(proxy, key) as { value?: unknown };
      if (typeof value !== "function" || before[key]?.value === value) continue;
      if (before[key] === undefined) Reflect.deleteProperty(proxy, key);
      else Reflect.defineProperty(proxy, key, before[key]);
    }
  };
}
