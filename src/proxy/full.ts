import { isObject } from "../base/is-object.js";
import { Fallback, inheritsMethod } from "./fallback.js";
import { changeable } from "./function-views.js";
import type { Constructor } from "./class.js";

/** The handler of an ES Proxy that is outermost, and so also sees `delete`, own keys and descriptors, calls and `new`. */
export class Full extends Fallback {
  /** Methods that were replaced on the proxy, for all its holders, in every context and outside. */
  readonly #replaced = Object.create(null) as object;

  override get(dummy: object, key: PropertyKey): unknown {
    return Object.hasOwn(this.#replaced, key) ? Reflect.get(this.#replaced, key) : super.get(dummy, key);
  }

  override set(_: object, key: PropertyKey, value: unknown, receiver: object): boolean {
    if (receiver !== this.target.proxy) return this.write(key, value, receiver);
    if (this.#restores(key, value)) return true;
    return this.#isReplaced(key) ? Reflect.set(this.#replaced, key, value) : this.write(key, value, receiver);
  }

  override has(dummy: object, key: PropertyKey): boolean {
    return Object.hasOwn(this.#replaced, key) || super.has(dummy, key);
  }

  /** JSON writes a primitive given to `setInstance` as it is, and not as an object. */
  protected override json(): unknown {
    const { source } = this.target;
    const instance: unknown = source.peek();
    // Without a `toJSON`, JSON writes nothing for a function.
    if (instance === undefined && typeof this.target.proxy !== "function") return this.lookFor("toJSON");
    return instance === undefined || isObject(instance) ? this.target.read("toJSON") : () => source.peek();
  }

  #isReplaced(key: PropertyKey): boolean {
    return Object.hasOwn(this.#replaced, key) || this.isMethod(key);
  }

  #replace(key: PropertyKey, descriptor: PropertyDescriptor): boolean {
    return Reflect.defineProperty(this.#replaced, key, { ...descriptor, configurable: true });
  }

  /** Whether a tool puts back what the proxy itself shows. It may do so twice, and after every context. */
  #restores(key: PropertyKey, value: unknown): boolean {
    const { functions } = this.target;
    const isOriginal =
      (value !== undefined && value === this.show(key)?.value) || functions.restores(key, value, this.target.present());
    return isOriginal && Reflect.deleteProperty(this.#replaced, key);
  }

  deleteProperty(_: object, key: PropertyKey): boolean {
    if (Object.hasOwn(this.#replaced, key)) return Reflect.deleteProperty(this.#replaced, key);
    return this.target.access(key, (instance) => Reflect.deleteProperty(instance, key));
  }

  defineProperty(_: object, key: PropertyKey, descriptor: PropertyDescriptor): boolean {
    // A proxy stands for many instances, so nothing on it is fixed for ever. Refused before the instance is changed.
    if (descriptor.configurable === false) return false;
    if (this.#restores(key, descriptor.value)) return true;
    if (this.#isReplaced(key)) return this.#replace(key, descriptor);
    const { target } = this;
    return target.access(key, (instance) => {
      const define = (): boolean => Reflect.defineProperty(instance, key, descriptor);
      const value: unknown = descriptor.value;
      return typeof value === "function" ? target.functions.put(instance, key, define) : define();
    });
  }

  override ownKeys(): (string | symbol)[] {
    return this.target.access("own keys", (instance) => {
      const keys = Reflect.ownKeys(Object(instance) as object);
      const more = Reflect.ownKeys(this.#replaced).filter((key) => !keys.includes(key));
      return more.length === 0 ? keys : [...keys, ...more];
    });
  }

  /** A tool that replaces a method and puts it back later gets the forwarder, not the bare method. */
  override getOwnPropertyDescriptor(dummy: object, key: PropertyKey): PropertyDescriptor | undefined {
    if (Object.hasOwn(this.#replaced, key)) return Reflect.getOwnPropertyDescriptor(this.#replaced, key);
    const { target } = this;
    const method = this.show(key);
    if (method !== undefined && "value" in method) {
      const instance = target.present();
      return changeable(instance && Reflect.getOwnPropertyDescriptor(instance, key)) ?? method;
    }
    return target.access(key, (instance) => {
      const descriptor = Reflect.getOwnPropertyDescriptor(Object(instance) as object, key);
      if (descriptor === undefined && inheritsMethod(instance, key)) {
        return { value: target.functions.forwarderFor(key), writable: true, enumerable: false, configurable: true };
      }
      // The dummy's `length` is not configurable, and the language wants the proxy to say so.
      if (Array.isArray(dummy) && key === "length") return { ...descriptor, writable: true };
      return changeable(descriptor);
    });
  }

  setPrototypeOf(_: object, prototype: object | null): boolean {
    return this.target.access("prototype", (instance) => Reflect.setPrototypeOf(instance, prototype));
  }

  preventExtensions(): boolean {
    // One proxy stands for many instances, and cannot be frozen with one of them.
    return false;
  }

  apply(_: object, thisArgument: unknown, args: unknown[]): unknown {
    return this.target.callItself(thisArgument, args);
  }

  construct(_: object, args: unknown[], newTarget: unknown): object {
    return this.target.access("new", (instance) => {
      const callee = newTarget === this.target.proxy ? instance : newTarget;
      return Reflect.construct(instance as Constructor, args, callee as Constructor) as object;
    });
  }
}
