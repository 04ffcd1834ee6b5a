import type { Callable } from "./class.js";

/** A function that replaced an instance's own. */
interface Put {
  readonly original: Callable;
  readonly wasOwn: boolean;
  /** What the instance shows since. */
  readonly shown: unknown;
}

/**
 * Wrappers and spies that were put, through a proxy, in the place of an instance's function. To call or to restore the original, a
 * wrapper keeps what it read before: the proxy's function for the member. If that led to the wrapper, it would call itself for
 * ever. So on such an instance the proxy's function means the original.
 */
export class PutFunctions {
  readonly #byInstance = new WeakMap<object, Map<PropertyKey, Put>>();

  /** The original of a member, while a function that was put there through the proxy stands in its place. */
  originalOf(instance: object, member: PropertyKey): Callable | undefined {
    const put = this.#byInstance.get(instance)?.get(member);
    return put === undefined || put.shown !== valueOf(instance, member) ? undefined : put.original;
  }

  /** @param define - puts the function there; returns whether it succeeded */
  put(instance: object, member: PropertyKey, define: () => boolean): boolean {
    const first = this.#byInstance.get(instance)?.get(member);
    const before = valueOf(instance, member);
    const isFirst = first === undefined || first.shown !== before;
    const wasOwn = isFirst ? Object.hasOwn(instance, member) : first.wasOwn;
    const original = isFirst ? before : first.original;
    if (!define()) return false;
    if (typeof original !== "function") return true;
    const members = this.#byInstance.get(instance) ?? new Map<PropertyKey, Put>();
    this.#byInstance.set(instance, members);
    members.set(member, { original: original as Callable, wasOwn, shown: valueOf(instance, member) });
    return true;
  }

  /** Puts the original back, unless something else was put there behind the proxy. */
  putBack(instance: object, member: PropertyKey): void {
    const members = this.#byInstance.get(instance);
    const put = members?.get(member);
    if (put === undefined || put.shown !== valueOf(instance, member)) return;
    if (!put.wasOwn && Object.hasOwn(instance, member)) Reflect.deleteProperty(instance, member);
    else (instance as Record<PropertyKey, unknown>)[member] = put.original;
    members!.delete(member);
  }
}

function valueOf(instance: object, member: PropertyKey): unknown {
  return (instance as Record<PropertyKey, unknown>)[member];
}
