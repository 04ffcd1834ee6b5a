import { ScopeError } from "../base/errors.js";
import { isObject } from "../base/is-object.js";
import { forwarderOf } from "./forwarders.js";
import { lendProperties } from "./function-views.js";
import { inspectorOf, isInspector } from "./inspectors.js";
import { answerOf, isLook, mayHaveField } from "./looks.js";
import {
  type Callable,
  type Class,
  constructorOf,
  inherited,
  isLanguages,
  isMethod,
  type Member,
  memberOf,
  membersOf,
} from "./members.js";
import { PROXY_MARK } from "./registry.js";
import type { Target } from "./target.js";

/**
 * Serves the members that nothing in front of it has. As the last link of the prototype chain it costs known members
 * nothing: each gets its forwarder when it is first asked for.
 */
export class Fallback implements ProxyHandler<object> {
  protected readonly target: Target;
  protected readonly shape: Class | undefined;
  /** Where forwarders are put; in front of this handler, or for it alone. */
  shown!: object;
  readonly #jitless: boolean;
  /** Methods of which an instance has shown that the class tells too little. */
  #corrected: Map<PropertyKey, Member> | undefined;
  /** Methods that some instances lack. */
  #lacking: Set<PropertyKey> | undefined;
  /** Forwarders of methods in whose place some instances have data. */
  #behindData: Map<PropertyKey, unknown> | undefined;

  constructor(target: Target, jitless: boolean) {
    this.target = target;
    this.shape = target.shape;
    this.#jitless = jitless;
  }

  get(_: object, key: PropertyKey): unknown {
    const { target } = this;
    // `await proxy` and inversify look for `then`; a target that has one was refused.
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

  /** What `JSON.stringify` calls: own accessors are not what it is to write. */
  protected json(): unknown {
    return (key: string): unknown => this.target.access("toJSON", (instance) => jsonOf(instance, key));
  }

  /** What is read without a touch, if it can be. */
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

  /** A method of the class is asked for before it is replaced: that needs no instance. */
  #hasOwn(key: PropertyKey): boolean {
    const { target } = this;
    const shown = this.show(key);
    if (shown !== undefined && "value" in shown)
      return Object.hasOwn(target.present() ?? {}, key) || Object.hasOwn(target.proxy, key);
    return target.access("hasOwnProperty", (instance) => Object.hasOwn(instance, key));
  }

  /** No instance is there, and none is made for a member that none can have. Where none can be meant, nothing is found. */
  protected lookFor(key: PropertyKey): unknown {
    if (!mayHaveField(this.shape, key)) return undefined;
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

  /** The forwarder of a member of the class, made now if need be. */
  show(key: PropertyKey): PropertyDescriptor | undefined {
    if (Object.hasOwn(this.shown, key)) return Reflect.getOwnPropertyDescriptor(this.shown, key);
    const member = this.memberOf(key);
    return member && this.#put(member);
  }

  /** A member of the class as it is to be forwarded to. */
  memberOf(key: PropertyKey): Member | undefined {
    return this.#corrected?.get(key) ?? (this.shape && memberOf(this.shape, key));
  }

  #put(member: Member): PropertyDescriptor {
    const descriptor = this.#forwarderOf(member);
    // Somebody may have frozen all that he was given: what cannot be shown is made again.
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

  /** An instance has a method that the class's forwarder is not right for. */
  correct(member: Member): void {
    (this.#corrected ??= new Map()).set(member.key, member);
    if (this.#behindData?.has(member.key)) this.#behindData.set(member.key, this.#forwarderOf(member).value);
    else if (Object.hasOwn(this.shown, member.key)) this.#put(member);
  }

  /** Some instance lacks a method of the class: whoever calls it looks first, and names it. */
  look(key: PropertyKey): void {
    if (this.#lacking?.has(key) === true) return;
    (this.#lacking ??= new Set()).add(key);
    this.correct(this.memberOf(key)!);
  }

  /** An instance has data where the class has a method: whoever reads it gets that, where it is. */
  showData(key: PropertyKey): void {
    const { target } = this;
    const methods = (this.#behindData ??= new Map<PropertyKey, unknown>());
    if (methods.has(key)) return;
    methods.set(key, this.show(key)!.value);
    const get = (): unknown => {
      const instance = target.present();
      const isMethod = instance === undefined || typeof target.meant(instance, key) === "function";
      return isMethod ? methods.get(key) : target.read(key);
    };
    const set = (value: unknown): void => target.write(key, value);
    Object.defineProperty(this.shown, key, { get, set, enumerable: false, configurable: true });
  }

  /** A method is replaced on the proxy, for all its holders; anything else is written to the instance of now. */
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

  /** An object that has the proxy as its prototype gets a member of its own. */
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
    // An element that is not there is left out (`concat`, `map`), so that an array must be asked for its elements.
    if (instance === undefined && Array.isArray(dummy) && isIndex(key) && target.source.intercept !== undefined)
      return target.access(key, (array) => key in array);
    return key in (instance ?? dummy);
  }

  /** For tools that look along the prototypes for what they are to replace. */
  getOwnPropertyDescriptor(_: object, key: PropertyKey): PropertyDescriptor | undefined {
    return this.show(key);
  }

  /** `for … in` asks for them, and goes no further. */
  ownKeys(): (string | symbol)[] {
    return membersOf(this.shape!).map(({ key }) => key as string | symbol);
  }

  getPrototypeOf(dummy: object): object | null {
    const instance = this.target.present();
    return Reflect.getPrototypeOf(isOf(this.shape, instance) ? instance : dummy);
  }
}

/** A copy, since the instance itself must not get out; JSON sees no more than own fields anyway. */
function jsonOf(instance: object, key: string): unknown {
  // What `setInstance` was given may be a primitive.
  if (!isObject(instance)) return instance;
  const own = (instance as { toJSON?: unknown }).toJSON;
  return typeof own === "function" ? Reflect.apply(own, instance, [key]) : { ...instance };
}

/** Has no properties but those of any function. */
const NOTHING = Function.prototype as unknown as Callable;

/** As an assignment to an object without prototypes does. */
function setOwn(object: object, key: PropertyKey, value: unknown): boolean {
  return Reflect.set(Object.create(null) as object, key, value, object);
}

/** A method that an instance has from its class, also from one that is not known. */
export function inheritsMethod(instance: object, key: PropertyKey): boolean {
  const object = Object(instance) as object;
  return !Object.hasOwn(object, key) && isMethod(inherited(object, key)?.value);
}

function isIndex(key: PropertyKey): boolean {
  return typeof key === "string" && /^\d+$/.test(key);
}

/** The instance may be of a subclass; what a test has put in its place may be of none. */
function isOf(shape: Class | undefined, instance: object | undefined): instance is object {
  return instance !== undefined && (shape === undefined || instance instanceof shape);
}
