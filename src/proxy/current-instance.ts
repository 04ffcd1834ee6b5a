import { isObject } from "../base/is-object.js";
import { instanceIn } from "../context/slot.js";
import { als, type Current } from "../context/store.js";
import { inContext } from "./in-context.js";
import type { Source } from "./source.js";

/** Which source a proxy means, and where its current instance is found. Forwarders look here, by `value` and `slot`. */
export class CurrentInstance {
  /** A shared service's one instance, once it is there. */
  value: object | undefined = undefined;
  /** The number under which a context has the instance of any other service. No service has the number 0. */
  slot = 0;
  source!: Source;
  /** The source sees what calls return. */
  follows = false;

  /** Lets the proxy mean another source's instances, for all who hold the proxy. */
  attach(source: Source): void {
    this.source = source;
    this.follows = source.returned !== undefined;
    this.slot = source.slot ?? 0;
    const { shared } = source;
    // `setInstance` and tests may put a primitive here, which no method returns as its own instance.
    const isDirect = source.intercept === undefined && isObject(shared);
    this.value = isDirect ? shared : undefined;
  }

  /** A source tells its one instance, for the hot path. A source that was swapped away is not heard. */
  publish(source: Source, instance: object | undefined): void {
    if (this.source === source) this.value = instance;
  }

  /** Looks where the hot path looks. */
  fast(): object | undefined {
    if (this.value !== undefined) return this.value;
    const store = als.getStore();
    return store === undefined ? undefined : this.seek(store);
  }

  /** Looks in a context's table. */
  protected seek({ slots }: NonNullable<Current>): object | undefined {
    return instanceIn(slots, this.slot) as object | undefined;
  }

  /** Takes the instance now, or throws a typed error: for any touch that is no call. */
  touch(member?: PropertyKey): object {
    try {
      const instance = this.source.acquireNow(member);
      if (instance === undefined) throw this.source.unavailableError(member);
      return instance;
    } catch (error) {
      throw inContext(error);
    }
  }

  /** The instance if one is there; makes none. A primitive given to `setInstance` comes as an object. */
  present(): object | undefined {
    const instance: unknown = this.source.peek();
    return instance === undefined || instance === null ? undefined : (Object(instance) as object);
  }
}
