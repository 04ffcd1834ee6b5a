import { forwarderOf } from "./forwarders.js";
import { accessorMember, type Class } from "./members.js";
import type { Target } from "./target.js";

/** How often a field is used before it gets a forwarder of its own. */
const HOT = 4;

/**
 * The accessor that an own field of the instance of now has on a proxy. Every instance's fields have to be seen, and few of them
 * are used from outside: so they begin with functions that cost nothing to make.
 */
export function fieldOf(target: Target, shape: Class, key: PropertyKey, jitless: boolean): PropertyDescriptor {
  let uses = 0;
  const used = (): void => {
    uses++;
    if (uses === HOT && !jitless) heat();
  };
  /** Unless somebody has put something else there, or has frozen it. */
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
