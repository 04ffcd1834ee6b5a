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
    makeFast(target.proxy);
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

/**
 * V8 keeps an object's properties in a dictionary once one of them was defined anew, and then a field takes two to seven times as long. It
 * makes such an object fast again when code that has feedback reads something through an heir of it.
 */
function makeFast(proxy: object): void {
  const heir = Object.create(proxy) as object;
  for (let i = 0; i < ENOUGH_FOR_FEEDBACK; i++) constructorOf(heir);
}

const ENOUGH_FOR_FEEDBACK = 200;

/** Looking at it touches nothing. */
function constructorOf(object: object): unknown {
  return object.constructor;
}
