import { isObject } from "./is-object.js";

/** A class whose base returns another object puts its private fields on that. */
class Given {
  constructor(object: object) {
    return object;
  }
}

/** Notes of objects. */
export interface Stamps<T> {
  put(object: object, note: T): void;
  /** The note of an object; `undefined` for any other value. */
  of(value: unknown): T | undefined;
}

/**
 * Notes that are on the objects themselves, as private fields: unlike keys of a WeakMap, objects whose notes lead back to them go with the
 * next small round of the garbage collector. A WeakMap that is old keeps such ones until the next full round. To look asks no trap
 * of an ES Proxy, and a frozen object is no obstacle if it was noted before.
 */
export function newStamps<T>(): Stamps<T> {
  class Stamp extends Given {
    #note: T;

    constructor(object: object, note: T) {
      super(object);
      this.#note = note;
    }

    static of(value: unknown): T | undefined {
      return isObject(value) && #note in value ? value.#note : undefined;
    }
  }
  return {
    put: (object, note) => void new Stamp(object, note),
    of: (value) => Stamp.of(value),
  };
}
