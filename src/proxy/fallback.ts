import { ScopeError } from "../base/errors.js";
import { isObject } from "../base/is-object.js";
import { forwarderOf } from "./forwarders.js";
import { lendProperties } from "./function-views.js";
import { inspectorOf, isInspector } from "./inspectors.js";
import { answerOf, isLook, mayDefineField } from "./looks.js";
import { type Callable, type Class, constructorOf, isMethod } from "./class.js";
import { inherited, isLanguages, type Member, memberOf, membersOf } from "./members.js";
import { PROXY_MARK } from "./registry.js";
import type { Target } from "./target.js";

/**
 * Serves the members that the proxy does not have yet. As the last link of its prototype chain it costs known members nothing:
 * each gets its forwarder when it is first asked for.
 */
export class Fallback implements ProxyHandler<object> {
  protected readonly target: Target;
  protected readonly shape: Class | undefined;
  /** Holds the forwarders: an object in the prototype chain, in front of this handler, or one that only the handler reads. */
  shown!: object;
  readonly #jitless: boolean;
  /** Methods for which an instance has shown that the class tells too little. */
  #corrected: Map<PropertyKey, Member> | undefined;
  /** Methods that some instances lack. */
  #lacking: Set<PropertyKey> | undefined;
  /** The forwarders of methods in whose place some instances have data. */
  #behindData: Map<PropertyKey, unknown> | undefined;

  constructor(target: Target, jitless: boolean) {
    this.target = target;
    this.shape = target.shape;
    this.#jitless = jitless;
  }

  get(_: object, key: PropertyKey): unknown {
    const { target } = this;
    // `await proxy` and inversify look for `then`. A class that has one was refused.
    if (key === "then") return undefined;
    if (isInspector(key)) return inspectorOf(target);
    if (key === PROXY_MARK) return true;
    const shown = this.show(key);
    if (shown !== undefined) {
      if ("value" in shown) return shown.value;
      return shown.get === undefined ? target.read(key) : shown.get();
    }
    if (key in Object.prototype || isLanguages(key) || isLook(key)) {
      const look = this.#look(key);
      if (look !== undefined) return look.answer;
    }
    return key === "toJSON" ? this.json() : target.read(key);
  }

  /** What `JSON.stringify` calls: it must write the instance's fields, not the proxy's accessors. */
  protected json(): unknown {
    return (key: string): unknown => this.target.access("toJSON", (instance) => jsonOf(instance, key));
  }

  /** The answer to a look, which needs no instance; `undefined` if the read is a touch. */
  #look(key: PropertyKey): { answer: unknown } | undefined {
    const { target, shape } = this;
    const instance = target.present();
    if (key === "constructor") return { answer: this.#constructorOf(instance) };
    if (isLanguages(key)) return { answer: answerOf(instance, shape, key) };
    if (key === "hasOwnProperty" && shape !== undefined) return { answer: (name: PropertyKey) => this.#hasOwn(name) };
    if (instance !== undefined) return undefined;
    if (isLook(key)) return { answer: this.lookFor(key) };
    const prototype = (shape === undefined ? Object.prototype : shape.prototype) as Record<PropertyKey, unknown>;
    if (key === "__proto__") return { answer: prototype };
    const known = prototype[key];
    return { answer: typeof known === "function" ? target.functions.forwarderFor(key, known as Callable) : known };
  }

  /** Tools ask so for a class's method before they replace it: no instance is needed. */
  #hasOwn(key: PropertyKey): boolean {
    const { target } = this;
    const shown = this.show(key);
    if (shown !== undefined && "value" in shown)
      return Object.hasOwn(target.present() ?? {}, key) || Object.hasOwn(target.proxy, key);
    return target.access("hasOwnProperty", (instance) => Object.hasOwn(instance, key));
  }

  /** There is no instance, and none is made for a member that none can have. Outside every context nothing is found. */
  protected lookFor(key: PropertyKey): unknown {
    if (!mayDefineField(this.shape, key)) return undefined;
    try {
      return this.target.read(key);
    } catch (error) {
      if (error instanceof ScopeError && error.code === "NO_CONTEXT") return undefined;
      throw error;
    }
  }

  #constructorOf(instance: object | undefined): unknown {
    if (isOf(this.shape, instance)) return instance.constructor;
    return this.shape === undefined ? Object : constructorOf(this.shape);
  }

  /** The property that forwards to a member of the class; made when it is first asked for. */
  show(key: PropertyKey): PropertyDescriptor | undefined {
    if (Object.hasOwn(this.shown, key)) return Reflect.getOwnPropertyDescriptor(this.shown, key);
    const member = this.memberOf(key);
    return member && this.#put(member);
  }

  /** A member of the class, as instances have corrected it. */
  memberOf(key: PropertyKey): Member | undefined {
    return this.#corrected?.get(key) ?? (this.shape && memberOf(this.shape, key));
  }

  #put(member: Member): PropertyDescriptor {
    const descriptor = this.#forwarderOf(member);
    // On a frozen proxy it cannot be kept, and is made again each time.
    Reflect.defineProperty(this.shown, member.key, descriptor);
    return descriptor;
  }

  #forwarderOf(member: Member): PropertyDescriptor {
    const { target, shape } = this;
    const { key } = member;
    const looksFirst = this.#jitless || this.#lacking?.has(key) === true;
    const descriptor = forwarderOf(target, shape!, member, looksFirst);
    if (member.kind === "method") {
      lendProperties(target, key, descriptor.value as Callable, () => {
        const now: unknown = inherited(shape!.prototype as object, key)?.value;
        return typeof now === "function" ? (now as Callable) : NOTHING;
      });
    }
    return descriptor;
  }

  /** Replaces a forwarder: an instance has shown that the class tells too little of the method. */
  correct(member: Member): void {
    (this.#corrected ??= new Map()).set(member.key, member);
    if (this.#behindData?.has(member.key)) this.#behindData.set(member.key, this.#forwarderOf(member).value);
    else if (Object.hasOwn(this.shown, member.key)) this.#put(member);
  }

  /** An instance lacks a method of the class: from now on a call looks first, and names what is missing. */
  lookFirst(key: PropertyKey): void {
    if (this.#lacking?.has(key) === true) return;
    (this.#lacking ??= new Set()).add(key);
    this.correct(this.memberOf(key)!);
  }

  /** An instance has data where the class has a method: a read gets the data, where it is there. */
  showData(key: PropertyKey): void {
    const { target } = this;
    const methods = (this.#behindData ??= new Map<PropertyKey, unknown>());
    if (methods.has(key)) return;
    methods.set(key, this.show(key)!.value);
    const get = (): unknown => {
      const instance = target.present();
      const isMethod = instance === undefined || typeof target.resolve(instance, key) === "function";
      return isMethod ? methods.get(key) : target.read(key);
    };
    const set = (value: unknown): void => target.write(key, value);
    Object.defineProperty(this.shown, key, { get, set, enumerable: false, configurable: true });
  }

  /** Whether an assignment replaces a method on the proxy, for all its holders. Anything else is written to the current instance. */
  protected isMethod(key: PropertyKey): boolean {
    const shown = this.show(key);
    if (shown !== undefined) return "value" in shown;
    return this.target.isNamed(key) || this.target.access(key, (instance) => inheritsMethod(instance, key));
  }

  set(_: object, key: PropertyKey, value: unknown, receiver: object): boolean {
    const { target } = this;
    const shown = this.show(key);
    if (shown !== undefined && !("value" in shown)) {
      shown.set?.(value);
      return shown.set !== undefined;
    }
    if (receiver === target.proxy ? this.isMethod(key) : shown !== undefined) return setOwn(receiver, key, value);
    return this.write(key, value, receiver);
  }

  /** An heir of the proxy gets a member of its own. */
  protected write(key: PropertyKey, value: unknown, receiver: object): boolean {
    const { target } = this;
    if (typeof value !== "function" || receiver !== target.proxy) {
      const own = receiver === target.proxy;
      return target.access(key, (instance) => Reflect.set(instance, key, value, own ? instance : receiver));
    }
    target.write(key, value);
    return true;
  }

  has(dummy: object, key: PropertyKey): boolean {
    const { target } = this;
    if (isInspector(key) || this.memberOf(key) !== undefined) return true;
    const instance = target.present();
    // `concat` and `map` leave out what is not there, so the array itself must be asked for its elements.
    if (instance === undefined && Array.isArray(dummy) && isIndex(key) && target.source.intercept !== undefined)
      return target.access(key, (array) => key in array);
    return key in (instance ?? dummy);
  }

  /** Tools look along the prototypes for what they are to replace. */
  getOwnPropertyDescriptor(_: object, key: PropertyKey): PropertyDescriptor | undefined {
    return this.show(key);
  }

  /** For `for … in`. */
  ownKeys(): (string | symbol)[] {
    return membersOf(this.shape!).map(({ key }) => key as string | symbol);
  }

  getPrototypeOf(dummy: object): object | null {
    const instance = this.target.present();
    return Reflect.getPrototypeOf(isOf(this.shape, instance) ? instance : dummy);
  }
}

/** A copy of the fields, which is all that JSON sees: the instance itself must not get out. */
function jsonOf(instance: object, key: string): unknown {
  // `setInstance` may have been given a primitive.
  if (!isObject(instance)) return instance;
  const own = (instance as { toJSON?: unknown }).toJSON;
  return typeof own === "function" ? Reflect.apply(own, instance, [key]) : { ...instance };
}

/** Has the properties of any function, and no others. */
const NOTHING = Function.prototype as unknown as Callable;

/** Assigns as to an object without prototypes. */
function setOwn(object: object, key: PropertyKey, value: unknown): boolean {
  return Reflect.set(Object.create(null) as object, key, value, object);
}

/** Whether an instance has a method from its class, known or not. */
export function inheritsMethod(instance: object, key: PropertyKey): boolean {
  const object = Object(instance) as object;
  return !Object.hasOwn(object, key) && isMethod(inherited(object, key)?.value);
}

function isIndex(key: PropertyKey): boolean {
  return typeof key === "string" && /^\d+$/.test(key);
}

/** The instance may be of a subclass. A fake may be of no class. */
function isOf(shape: Class | undefined, instance: object | undefined): instance is object {
  return instance !== undefined && (shape === undefined || instance instanceof shape);
}
