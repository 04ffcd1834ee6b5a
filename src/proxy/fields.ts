import { forwarderOf } from "./forwarders.js";
import type { Class } from "./class.js";
import { accessorMember } from "./members.js";
import type { Target } from "./target.js";

/** A field that was used so often gets a forwarder. */
const HOT = 4;

/**
 * The accessor on a proxy for an own field of the current instance. A proxy shows every field, but few are used from outside: so
 * each begins with functions that are cheap to make, and gets a forwarder when it is hot.
 */
export function fieldOf(target: Target, shape: Class, key: PropertyKey, jitless: boolean): PropertyDescriptor {
  let uses = 0;
  const used = (): void => {
    uses++;
    if (uses === HOT && !jitless) heat();
  };
  /** Does nothing if something else was put there, or the proxy was frozen. */
  const heat = (): void => {
    const now = Reflect.getOwnPropertyDescriptor(target.proxy, key);
    if (now?.get !== field.get || now?.configurable !== true) return;
    Object.defineProperty(target.proxy, key, forwarderOf(target, shape, accessorMember(key, true), false));
  };
  const field = {
    get(): unknown {
      used();
      return target.read(key);
    },
    set(value: unknown): void {
      used();
      target.write(key, value);
    },
    enumerable: true,
    configurable: true,
  };
  return field;
}
