import type { Fallback } from "./fallback.js";
import { fieldOf } from "./fields.js";
import { instanceMayReturnSelf } from "./self-return.js";
import {
  type Callable,
  type Class,
  memberOf,
  membersOf,
  methodMember,
  type ResultKind,
  resultKind,
} from "./members.js";
import type { Target } from "./target.js";

/** Learns from the first instance of each class what the class that a proxy was made from does not tell. */
export class Learner {
  readonly #target: Target;
  readonly #shape: Class;
  readonly #handler: Fallback;
  readonly #fields: OwnFields | undefined;
  #last: object | undefined;
  #known: WeakSet<object> | undefined;
  /** The methods of the class, for objects without one. */
  #methods: readonly PropertyKey[] | undefined;

  constructor(target: Target, shape: Class, handler: Fallback, fields?: OwnFields) {
    this.#target = target;
    this.#shape = shape;
    this.#handler = handler;
    this.#fields = fields;
  }

  learn(instance: object): void {
    const prototype = Reflect.getPrototypeOf(instance) ?? Object;
    // Objects without a class share nothing but that.
    if (prototype === Object.prototype) this.#seekLacking(instance);
    if (prototype === this.#last) return;
    const known = this.#last && (this.#known ??= new WeakSet([this.#last]));
    this.#last = prototype;
    if (known?.has(prototype)) return;
    known?.add(prototype);
    if (!this.#isAsShown(instance, prototype)) this.#correct(instance);
    this.#fields?.learn(instance);
  }

  /** An instance of the class itself, whose fields neither stand in front of its members nor hold it. */
  #isAsShown(instance: object, prototype: object): boolean {
    if (prototype !== this.#shape.prototype) return false;
    // There may be millions of elements.
    if (Array.isArray(instance) || ArrayBuffer.isView(instance)) return true;
    return Reflect.ownKeys(instance).every(
      (key) => !(key in prototype) && Reflect.getOwnPropertyDescriptor(instance, key)?.value !== instance,
    );
  }

  /**
   * A subclass, a patched instance or one that holds itself may return itself where the class that the proxy was made from
   * never does: such methods get forwarders that look at what was returned. It may also have data in a method's place: then
   * it is read.
   */
  #correct(instance: object): void {
    const target = this.#target;
    target.mayReturnSelf ||= instanceMayReturnSelf(instance);
    for (const { key, kind, enumerable } of membersOf(this.#shape)) {
      if (kind !== "method") continue;
      const own = (instance as Record<PropertyKey, unknown>)[key];
      if (own === undefined) {
        this.#lacks(key);
        continue;
      }
      if (typeof own !== "function") {
        this.#handler.showData(key);
        continue;
      }
      const result = resultKind(own as Callable, target.mayReturnSelf);
      if (CAUTION[result] <= CAUTION[this.#handler.memberOf(key)!.result]) continue;
      target.isDoubted = true;
      this.#handler.correct(methodMember(key, enumerable, own as Callable, result));
    }
  }

  #seekLacking(instance: object): void {
    this.#methods ??= [...membersOf(this.#shape)].filter(({ kind }) => kind === "method").map(({ key }) => key);
    for (const key of this.#methods) if (!(key in instance)) this.#lacks(key);
  }

  /** A call of it is told so by its name. */
  #lacks(key: PropertyKey): void {
    this.#target.isDoubted = true;
    this.#handler.look(key);
  }
}

const CAUTION: Readonly<Record<ResultKind, number>> = { "never-this": 0, "maybe-this": 1, "maybe-promise-of-this": 2 };

/** More own fields than this are served by the fallback; a proxy must not grow with a dictionary. */
const MOST_FIELDS = 64;

/** Fields that the first instance of a class has shown, for proxies of that class made later. */
const fieldsOfClass = new WeakMap<Class, readonly PropertyKey[]>();

/** Own fields of instances, which an ordinary proxy shows as accessors, enumerable as the fields themselves. */
export class OwnFields {
  readonly #target: Target;
  readonly #shape: Class;
  readonly #jitless: boolean;
  #shown: readonly PropertyKey[] = [];

  constructor(target: Target, shape: Class, jitless: boolean) {
    this.#target = target;
    this.#shape = shape;
    this.#jitless = jitless;
    const known = fieldsOfClass.get(shape);
    if (known !== undefined) this.#show(known);
  }

  learn(instance: object): void {
    // The keys of bytes are their numbers.
    if (ArrayBuffer.isView(instance)) return;
    const fresh = Object.keys(instance)
      .filter((key) => !Object.hasOwn(this.#target.proxy, key) && !this.#isMethod(key))
      .slice(0, MOST_FIELDS - this.#shown.length);
    if (fresh.length === 0) return;
    this.#show(fresh);
    fieldsOfClass.set(this.#shape, this.#shown);
  }

  /** Fields may stand in front of data on the prototype. Methods bound in a constructor are served better from the class. */
  #isMethod(key: PropertyKey): boolean {
    return memberOf(this.#shape, key)?.kind === "method";
  }

  #show(keys: readonly PropertyKey[]): void {
    const target = this.#target;
    this.#shown = [...this.#shown, ...keys];
    // Somebody may have frozen the proxy, as some do with all that they are given: its fields are served all the same.
    if (!Object.isExtensible(target.proxy)) return;
    for (const key of keys) {
      Object.defineProperty(target.proxy, key, fieldOf(target, this.#shape, key, this.#jitless));
    }
  }
}
