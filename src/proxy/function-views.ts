import { ScopeError } from "../base/errors.js";
import { isObject } from "../base/is-object.js";
import { noFunction } from "./errors.js";
import { isLook } from "./looks.js";
import type { Callable, Constructor } from "./class.js";
import { isLanguages } from "./members.js";

/** The target, as the functions that it shows see it. */
export interface Host {
  readonly name: string;
  /** The instance if one is there. */
  present(): object | undefined;
  callFast(member: PropertyKey, args: readonly unknown[]): unknown;
  access<R>(member: PropertyKey, run: (instance: object) => R): R;
  /** What a member means on an instance, see `MemberFunctions`. */
  resolve(instance: object, member: PropertyKey): unknown;
}

/** Whether it may be asked of any function: its name, `call` and the like. No instance is made to answer. */
function isAskedOfAny(key: PropertyKey): boolean {
  return key === "then" || key in Function.prototype || isLook(key) || isLanguages(key);
}

/**
 * What a proxy shows where the current instance has a function in a field or an accessor: one function for each name. Whatever is
 * done to it is done to the current instance's function.
 *
 * @param known - answers while there is no instance, where the binding or the class tells that the member is a function
 */
export function memberFunction(host: Host, member: PropertyKey, known?: Callable): Callable {
  // oxlint-disable-next-line no-extra-bind -- it can be called with `new`, and has no property that cannot be deleted
  const dummy = function () {}.bind(undefined);
  const handler = new MemberFunction(host, member, known ?? nameOnly(member), known !== undefined);
  return (handler.shown = new Proxy<Callable>(dummy, handler));
}

/** Stands for a function whose name alone is known. */
export function nameOnly(member: PropertyKey): Callable {
  return Object.defineProperty(() => {}, "name", { value: String(member), configurable: true });
}

class MemberFunction implements ProxyHandler<Callable> {
  shown!: Callable;
  readonly #host: Host;
  readonly #member: PropertyKey;
  readonly #known: Callable;
  readonly #isFunction: boolean;

  constructor(host: Host, member: PropertyKey, known: Callable, isFunction: boolean) {
    this.#host = host;
    this.#member = member;
    this.#known = known;
    this.#isFunction = isFunction;
  }

  #do<R>(run: (own: Callable) => R): R {
    const host = this.#host;
    if (this.#isFunction && host.present() === undefined) return run(this.#known);
    return host.access(this.#member, (instance) => run(this.#of(instance)));
  }

  /** Another instance may have an object there, which has properties as well. */
  #of(instance: object): Callable {
    const own = this.#host.resolve(instance, this.#member);
    if (isObject(own)) return own as Callable;
    throw noFunction(this.#host.name, this.#member);
  }

  apply(_: Callable, _this: unknown, args: unknown[]): unknown {
    return this.#host.callFast(this.#member, args);
  }

  /** An old-style class is called with `new`: its instances are the function's own. */
  construct(_: Callable, args: unknown[], newTarget: unknown): object {
    return this.#do((own) => {
      const callee = newTarget === this.shown ? own : newTarget;
      return Reflect.construct(own as unknown as Constructor, args, callee as Constructor) as object;
    });
  }

  get(_: Callable, key: PropertyKey): unknown {
    const read = (): unknown => this.#do((own) => Reflect.get(own, key) as unknown);
    if (!isAskedOfAny(key) || this.#host.present() !== undefined) return read();
    return key === "name" || key === "length" ? this.#ifThere(read, key) : Reflect.get(this.#known, key);
  }

  /** Whatever shows a function asks for its name, also where no instance can be had. */
  #ifThere(read: () => unknown, key: "name" | "length"): unknown {
    try {
      return read();
    } catch (error) {
      if (error instanceof ScopeError) return this.#known[key];
      throw error;
    }
  }

  set(_: Callable, key: PropertyKey, value: unknown, receiver: unknown): boolean {
    return this.#do((own) => Reflect.set(own, key, value, receiver === this.shown ? own : receiver));
  }

  has(_: Callable, key: PropertyKey): boolean {
    return this.#do((own) => key in own);
  }

  deleteProperty(_: Callable, key: PropertyKey): boolean {
    return this.#do((own) => Reflect.deleteProperty(own, key));
  }

  ownKeys(): (string | symbol)[] {
    return this.#do((own) => Reflect.ownKeys(own));
  }

  getOwnPropertyDescriptor(_: Callable, key: PropertyKey): PropertyDescriptor | undefined {
    return this.#do((own) => changeable(Reflect.getOwnPropertyDescriptor(own, key)));
  }

  defineProperty(_: Callable, key: PropertyKey, descriptor: PropertyDescriptor): boolean {
    return descriptor.configurable !== false && this.#do((own) => Reflect.defineProperty(own, key, descriptor));
  }

  /** The function itself, since metadata is looked up along the prototypes. */
  getPrototypeOf(): object {
    return this.#do((own) => own);
  }

  preventExtensions(): boolean {
    return false;
  }
}

/** A proxy stands for many instances, and one may lack the property: so it shows none as fixed for ever. */
export function changeable(descriptor: PropertyDescriptor | undefined): PropertyDescriptor | undefined {
  return descriptor && { ...descriptor, configurable: true };
}

/** Node 20 takes an heir of an ES Proxy for a function only if the Proxy is one. */
const FUNCTION = nameOnly.bind(undefined);

/**
 * Gives a method's forwarder the properties of the method for which it stands. They come by its prototype, so that calls cost no
 * more. Where there is no instance, the class's method answers.
 *
 * @param ofClass - returns the method that the class shows now
 */
export function lendProperties(host: Host, member: PropertyKey, forwarder: Callable, ofClass: () => Callable): void {
  const properties = new MethodProperties(host, member, forwarder, ofClass);
  Object.setPrototypeOf(forwarder, new Proxy(FUNCTION, properties));
}

class MethodProperties implements ProxyHandler<object> {
  readonly #host: Host;
  readonly #member: PropertyKey;
  readonly #forwarder: Callable;
  readonly #ofClass: () => Callable;

  constructor(host: Host, member: PropertyKey, forwarder: Callable, ofClass: () => Callable) {
    this.#host = host;
    this.#member = member;
    this.#forwarder = forwarder;
    this.#ofClass = ofClass;
  }

  #now(): Callable {
    const instance = this.#host.present();
    const own: unknown = instance === undefined ? undefined : this.#host.resolve(instance, this.#member);
    return typeof own === "function" && own !== this.#forwarder ? (own as Callable) : this.#ofClass();
  }

  get(_: object, key: PropertyKey): unknown {
    return Reflect.get(this.#now(), key) as unknown;
  }

  /** An heir of the forwarder gets a property of its own. */
  set(_: object, key: PropertyKey, value: unknown, receiver: object): boolean {
    if (receiver !== this.#forwarder) return Reflect.set(Object.create(null) as object, key, value, receiver);
    return this.#host.access(this.#member, (instance) =>
      Reflect.set(this.#host.resolve(instance, this.#member) as object, key, value),
    );
  }

  has(_: object, key: PropertyKey): boolean {
    return key in this.#now();
  }

  /** The method itself, since metadata is looked up along the prototypes. */
  getPrototypeOf(): object {
    return this.#now();
  }

  defineProperty(): boolean {
    return false;
  }
}
