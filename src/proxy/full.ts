import { isObject } from "../base/is-object.js";
import { Fallback, inheritsMethod } from "./fallback.js";
import { changeable } from "./function-views.js";
import type { Constructor } from "./members.js";

/** A proxy outermost: it also sees `delete`, own keys and descriptors, calls and `new`. */
export class Full extends Fallback {
  /** Methods that were replaced on the proxy, as on an ordinary object: for all its holders, in every context and in none. */
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

  /** What `setInstance` was given may be a primitive, which JSON would not know in an object's clothes. */
  protected override json(): unknown {
    const { source } = this.target;
    const instance: unknown = source.peek();
    // Of a function JSON writes nothing unless it is told to.
    if (instance === undefined && typeof this.target.proxy !== "function") return this.lookFor("toJSON");
    return instance === undefined || isObject(instance) ? this.target.read("toJSON") : () => source.peek();
  }

  #isReplaced(key: PropertyKey): boolean {
    return Object.hasOwn(this.#replaced, key) || this.isMethod(key);
  }

  #replace(key: PropertyKey, descriptor: PropertyDescriptor): boolean {
    return Reflect.defineProperty(this.#replaced, key, { ...descriptor, configurable: true });
  }

  /** What the proxy itself shows is put back, which a tool may do twice, and when every context is over. */
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
    // What is fixed for ever on one instance cannot be so on a proxy that stands for many; refused before it is done.
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

  /** Tools that replace a method, and put back what was there, are shown the forwarder in the place of the bare method. */
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
      // An array's length is fixed on the dummy, and the language wants the proxy to say so.
      if (Array.isArray(dummy) && key === "length") return { ...descriptor, writable: true };
      return changeable(descriptor);
    });
  }

  setPrototypeOf(_: object, prototype: object | null): boolean {
    return this.target.access("prototype", (instance) => Reflect.setPrototypeOf(instance, prototype));
  }

  preventExtensions(): boolean {
    // One proxy stands for many instances: it cannot become fixed with one of them.
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
