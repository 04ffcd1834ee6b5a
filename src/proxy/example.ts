import { isObject } from "../base/is-object.js";
import { type Class, constructorOf, isClass } from "./members.js";

/** What every function has of its own. */
const OF_FUNCTIONS = new Set<PropertyKey>(["length", "name", "prototype", "arguments", "caller"]);

/** By the example: what is generated for a class is kept by it. */
const classes = new WeakMap<object, Class>();

/** Whether something is a class or tells of one: a function that has nothing of its own does not. */
export function isClassOrExample(value: unknown): boolean {
  return isObject(value) && (typeof value !== "function" || isShape(value) || showsSomething(value));
}

/**
 * The class that a `shape` means: itself, or that of an example. An example is looked at and never called.
 *
 * @param shape - a class, or an example of its instances
 */
export function classOf(shape: Class | object): Class {
  if (isShape(shape)) return shape;
  let known = classes.get(shape);
  if (known === undefined) classes.set(shape, (known = classOfExample(shape)));
  return known;
}

/** A function whose instances inherit something, or that has nothing of its own to show. */
function isShape(shape: Class | object): shape is Class {
  if (typeof shape !== "function" || !isObject(shape.prototype)) return false;
  return isClass(shape as never) || !showsSomething(shape);
}

/** Whether a function has what other functions have not. */
function showsSomething(value: Function): boolean {
  return Object.keys(value).some((key) => !OF_FUNCTIONS.has(key));
}

function classOfExample(example: object): Class {
  const own = new Map<PropertyKey, PropertyDescriptor>();
  const prototype = gather(example, own);
  const ofClass = constructorOf({ prototype } as Class);
  if (own.size === 0 && typeof ofClass === "function" && ofClass.prototype === prototype) return ofClass;
  const shown = own.size === 0 ? prototype : (Object.create(prototype, Object.fromEntries(own)) as object);
  const isNamed = typeof ofClass === "function" && ofClass !== Object;
  return namedClass(isNamed ? ofClass.name : "", prototype, shown);
}

/**
 * The prototype of the class, which need not be that of its `constructor` (a mixin may have left another there), nor the nearest
 * one: a client may be made of another by `Object.create`.
 *
 * @param own - is told what is found on the way, nearest first
 */
function gather(example: object, own: Map<PropertyKey, PropertyDescriptor>): object {
  let owner: object | null = example;
  while (owner !== null && (owner === example || !Object.hasOwn(owner, "constructor"))) {
    for (const key of Array.isArray(owner) ? [] : Reflect.ownKeys(owner)) {
      if (own.has(key) || key === "constructor" || (typeof owner === "function" && OF_FUNCTIONS.has(key))) continue;
      own.set(key, withoutValue(Reflect.getOwnPropertyDescriptor(owner, key)!));
    }
    owner = Reflect.getPrototypeOf(owner);
  }
  return owner ?? Object.prototype;
}

/** What the example holds is not kept; its functions are, since they tell what their calls are like. */
function withoutValue(descriptor: PropertyDescriptor): PropertyDescriptor {
  const kept = { ...descriptor, configurable: true };
  return "value" in kept && typeof kept.value !== "function" ? { ...kept, value: undefined } : kept;
}

/** Stands for a class that nobody can name, and whose instances inherit from `prototype`. */
function namedClass(name: string, prototype: object, shown: object): Class {
  const stand = {
    name,
    prototype: shown,
    // A plain object is of no class.
    [Symbol.hasInstance]: (instance: unknown) =>
      prototype !== Object.prototype && isObject(instance) && Object.prototype.isPrototypeOf.call(prototype, instance),
  };
  return stand as unknown as Class;
}
