import type { Fallback } from "./fallback.js";
import { showField } from "./fields.js";
import { instanceMayReturnSelf } from "./self-return.js";
import type { Callable, Class } from "./class.js";
import { memberOf, membersOf, methodMember } from "./members.js";
import { type ResultKind, resultKind } from "./result-kind.js";
import type { Target } from "./target.js";

/** Learns from the first instance of each class what the proxy's own class does not tell. */
export class Learner {
  readonly #target: Target;
  readonly #shape: Class;
  readonly #handler: Fallback;
  readonly #fields: OwnFields | undefined;
  #last: object | undefined;
  #known: WeakSet<object> | undefined;
  /** The class's methods, which an object without a class may lack. */
  #methods: readonly PropertyKey[] | undefined;

  constructor(target: Target, shape: Class, handler: Fallback, fields?: OwnFields) {
    this.#target = target;
    this.#shape = shape;
    this.#handler = handler;
    this.#fields = fields;
  }

  learn(instance: object): void {
    const prototype = Reflect.getPrototypeOf(instance) ?? Object;
    // Objects without a class share a prototype, but no members: each is looked at.
    if (prototype === Object.prototype) this.#seekLacking(instance);
    if (prototype === this.#last) return;
    const known = this.#last && (this.#known ??= new WeakSet([this.#last]));
    this.#last = prototype;
    if (known?.has(prototype)) return;
    known?.add(prototype);
    if (!this.#isAsShown(instance, prototype)) this.#correct(instance);
    this.#fields?.learn(instance);
  }

  /** Whether the instance is of the class itself, and no field hides a member or holds the instance. */
  #isAsShown(instance: object, prototype: object): boolean {
    if (prototype !== this.#shape.prototype) return false;
    // There may be millions of elements.
    if (Array.isArray(instance) || ArrayBuffer.isView(instance)) return true;
    return Reflect.ownKeys(instance).every(
      (key) => !(key in prototype) && Reflect.getOwnPropertyDescriptor(instance, key)?.value !== instance,
    );
  }

  /**
   * A subclass, a patched instance or one that holds itself may return itself where the proxy's class never does: such methods get
   * forwarders that look at the result. An instance may also have data in the place of a method: then the data is read.
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

  /** From now on a call looks first, and says by name what is missing. */
  #lacks(key: PropertyKey): void {
    this.#target.isDoubted = true;
    this.#handler.lookFirst(key);
  }
}

const CAUTION: Readonly<Record<ResultKind, number>> = { "never-this": 0, "maybe-this": 1, "maybe-promise-of-this": 2 };

/** A proxy shows no more fields than this, since it must not grow with a dictionary; the fallback serves the rest. */
const MOST_FIELDS = 64;

/** The fields that the first instance of a class has shown, for later proxies of the class. */
const fieldsOfClass = new WeakMap<Class, readonly PropertyKey[]>();

/** The own fields of instances. An ordinary proxy shows them as accessors, enumerable as the fields are. */
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
    // A byte array's keys are the numbers of its bytes.
    if (ArrayBuffer.isView(instance)) return;
    const fresh = Object.keys(instance)
      .filter((key) => !Object.hasOwn(this.#target.proxy, key) && !this.#isMethod(key))
      .slice(0, MOST_FIELDS - this.#shown.length);
    if (fresh.length === 0) return;
    this.#show(fresh);
    fieldsOfClass.set(this.#shape, this.#shown);
  }

  /** The class serves a method that a constructor has bound. Data on the prototype may have a field in front of it. */
  #isMethod(key: PropertyKey): boolean {
    return memberOf(this.#shape, key)?.kind === "method";
  }

  #show(keys: readonly PropertyKey[]): void {
    const target = this.#target;
    this.#shown = [...this.#shown, ...keys];
    // A frozen proxy cannot show more; the fallback serves its fields.
    if (!Object.isExtensible(target.proxy)) return;
    for (const key of keys) showField(target, this.#shape, key, this.#jitless);
  }
}
