import { forwarderOf } from "./forwarders.js";
import type { Class } from "./class.js";
import { accessorMember } from "./members.js";
import type { Target } from "./target.js";

/** A field that was used so often gets a forwarder. */
const HOT = 4;

/**
 * Shows an own field of the current instance on a proxy, by an accessor. A proxy shows every field, but few are used from outside:
 * so each begins with functions that are cheap to make, and gets a forwarder when it is hot.
 */
export function showField(target: Target, shape: Class, key: PropertyKey, jitless: boolean): void {
  let left = jitless ? Infinity : HOT;
  const get = (): unknown => {
    if (--left === 0) heat(target, shape, key, get);
    return target.read(key);
  };
  const set = (value: unknown): void => {
    if (--left === 0) heat(target, shape, key, get);
    target.write(key, value);
  };
  Object.defineProperty(target.proxy, key, { get, set, enumerable: true, configurable: true });
}

/** Does nothing if something else was put there, or the proxy was frozen. */
function heat(target: Target, shape: Class, key: PropertyKey, cold: () => unknown): void {
  const { proxy } = target;
  const now = Reflect.getOwnPropertyDescriptor(proxy, key);
  if (now?.get !== cold || now.configurable !== true) return;
  Object.defineProperty(proxy, key, forwarderOf(target, shape, accessorMember(key, true), false));
  makeFast(proxy);
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
