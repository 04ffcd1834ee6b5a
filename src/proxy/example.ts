import { classNameOf } from "../base/class-name.js";
import { isObject } from "../base/is-object.js";
import { type Class, constructorOf, isClass } from "./class.js";

/** Own properties that every function has. */
const OF_FUNCTIONS = new Set<PropertyKey>(["length", "name", "prototype", "arguments", "caller"]);

/** The class of each example: generated code is kept by class. */
const classes = new WeakMap<object, Class>();

/** Whether a value is a class or an example. A function without properties of its own is neither. */
export function isClassOrExample(value: unknown): boolean {
  return isObject(value) && (typeof value !== "function" || isShape(value) || showsSomething(value));
}

/**
 * The class that the option `shape` means.
 *
 * @param shape - a class, or an example of its instances, which is looked at and never called
 */
export function classOf(shape: Class | object): Class {
  if (isShape(shape)) return shape;
  let known = classes.get(shape);
  if (known === undefined) classes.set(shape, (known = classOfExample(shape)));
  return known;
}

/** Whether it is a class: its instances inherit something, or it shows nothing of its own as an example would. */
function isShape(shape: Class | object): shape is Class {
  if (typeof shape !== "function" || !isObject(shape.prototype)) return false;
  return isClass(shape as never) || !showsSomething(shape);
}

/** Whether a function has own properties that other functions lack. */
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
  return namedClass(isNamed ? classNameOf(ofClass, "") : "", prototype, shown);
}

/**
 * Finds the prototype of an example's class. It need not be that of its `constructor`, where a mixin may have left another class,
 * nor the nearest one: a client may be made from another by `Object.create`.
 *
 * @param own - collects the properties on the way, nearest first
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

/** Keeps no data of the example, but its functions, which tell whether their calls wait. */
function withoutValue(descriptor: PropertyDescriptor): PropertyDescriptor {
  const kept = { ...descriptor, configurable: true };
  return "value" in kept && typeof kept.value !== "function" ? { ...kept, value: undefined } : kept;
}

/** Stands for a class that is not at hand; its instances inherit from `prototype`. */
function namedClass(name: string, prototype: object, shown: object): Class {
  const stand = {
    name,
    prototype: shown,
    // A plain object is of no class, and no instance of one.
    [Symbol.hasInstance]: (instance: unknown) =>
      prototype !== Object.prototype && isObject(instance) && Object.prototype.isPrototypeOf.call(prototype, instance),
  };
  return stand as unknown as Class;
}
