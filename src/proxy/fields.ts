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
export class Field implements PropertyDescriptor {
  readonly enumerable = true;
  readonly configurable = true;
  #uses = 0;
  readonly #target: Target;
  readonly #shape: Class;
  readonly #key: PropertyKey;
  readonly #jitless: boolean;

  constructor(target: Target, shape: Class, key: PropertyKey, jitless: boolean) {
    this.#target = target;
    this.#shape = shape;
    this.#key = key;
    this.#jitless = jitless;
  }

  readonly get = (): unknown => {
    this.#used();
    return this.#target.read(this.#key);
  };

  readonly set = (value: unknown): void => {
    this.#used();
    this.#target.write(this.#key, value);
  };

  #used(): void {
    this.#uses++;
    if (this.#uses === HOT && !this.#jitless) this.#heat();
  }

  /** Does nothing if something else was put there, or the proxy was frozen. */
  #heat(): void {
    const { proxy } = this.#target;
    const now = Reflect.getOwnPropertyDescriptor(proxy, this.#key);
    if (now?.get !== this.get || now?.configurable !== true) return;
    const member = accessorMember(this.#key, true);
    Object.defineProperty(proxy, this.#key, forwarderOf(this.#target, this.#shape, member, false));
    makeFast(proxy);
  }
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
