import type { Callable } from "./members.js";

/** A function that was put in the place of an instance's own. */
interface Put {
  readonly original: Callable;
  readonly wasOwn: boolean;
  /** What the instance has shown since. */
  readonly shown: unknown;
}

/**
 * Functions that somebody has put through a proxy into a field or an accessor of an instance, in the place of a function that
 * was there: wrappers and spies. What they keep to call it, or to put it back, is the proxy's stand-in for that member, which
 * would come back to them for ever. So on such an instance the stand-in means what was there first.
 */
export class PutFunctions {
  readonly #byInstance = new WeakMap<object, Map<PropertyKey, Put>>();

  /** What a member of an instance had first, if there is something else now that was put there through the proxy. */
  originalOf(instance: object, member: PropertyKey): Callable | undefined {
    const put = this.#byInstance.get(instance)?.get(member);
    return put === undefined || put.shown !== valueOf(instance, member) ? undefined : put.original;
  }

  /** @param define - puts it there, and tells whether that has succeeded */
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

  /** What was there first is there again, unless something else was put there behind the proxy. */
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
