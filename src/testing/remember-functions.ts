import { types } from "node:util";
import type { Class } from "../proxy/class.js";
import { membersOf } from "../proxy/members.js";

/**
 * Notes the functions that a proxy itself shows, whatever its instance.
 *
 * @returns takes off what spies and stubs have put there since
 */
export function rememberFunctions(proxy: object, shape: Class | undefined): () => void {
  return types.isProxy(proxy) ? rememberMethods(proxy, shape) : rememberOwn(proxy);
}

/** For an ordinary proxy. */
function rememberOwn(proxy: object): () => void {
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

/** For a full proxy: it keeps what replaces methods of the class, and puts everything else into the instance. */
function rememberMethods(proxy: object, shape: Class | undefined): () => void {
  const methods = (shape === undefined ? [] : membersOf(shape)).filter(({ kind }) => kind === "method");
  const before = methods.map(({ key }) => [key, Reflect.get(proxy, key) as unknown] as const);
  return () => {
    for (const [key, value] of before) if (Reflect.get(proxy, key) !== value) Reflect.set(proxy, key, value);
  };
}
