import type { Class } from "./members.js";
import type { Target } from "./target.js";

/** Members that a look answers without an instance, where none is there: nobody reads them to do something. */
const LOOKED_AT = new Set<PropertyKey>([
  Symbol.toStringTag,
  Symbol.isConcatSpreadable,
  Symbol.hasInstance,
  Symbol.unscopables,
  Symbol.species,
]);

/** What a class shows, as the fallback needs it. */
export interface Shape {
  readonly shape: Class | undefined;
  readonly methods: ReadonlyMap<PropertyKey, unknown>;
  readonly properties: ReadonlyMap<PropertyKey, PropertyDescriptor>;
}

/**
 * Serves members that the class does not show. As the last link of the prototype chain it costs known members nothing.
 */
export function fallbackHandler(target: Target, { shape, methods, properties }: Shape): ProxyHandler<object> {
  return {
    get(_, key) {
      // `await proxy` and inversify look for `then`; a target that has one was refused.
      if (key === "then") return undefined;
      if (key === "constructor") return shape ?? target.source.peek()?.constructor ?? Object;
      const method = methods.get(key);
      if (method !== undefined) return method;
      if (LOOKED_AT.has(key) && !properties.has(key)) return lookAt(target, key);
      return target.read(key);
    },
    set(_, key, value) {
      return target.access(key, (instance) => Reflect.set(instance, key, value, instance));
    },
    has(dummy, key) {
      if (properties.has(key)) return true;
      const instance = target.source.peek();
      return instance === undefined ? key in dummy : key in instance;
    },
    getPrototypeOf(dummy) {
      if (shape !== undefined) return shape.prototype as object;
      return Reflect.getPrototypeOf(target.source.peek() ?? dummy);
    },
  };
}

function lookAt(target: Target, key: PropertyKey): unknown {
  const instance = target.source.peek() as Record<PropertyKey, unknown> | undefined;
  return instance?.[key];
}

/** A proxy outermost: it also sees `delete`, own keys and descriptors, calls and `new`. */
export function fullHandler(target: Target, shape: Shape): ProxyHandler<object> {
  return {
    ...fallbackHandler(target, shape),
    deleteProperty(_, key) {
      return target.access(key, (instance) => Reflect.deleteProperty(instance, key));
    },
    defineProperty(_, key, descriptor) {
      return target.access(key, (instance) => Reflect.defineProperty(instance, key, descriptor));
    },
    ownKeys(dummy) {
      const keys = target.access("own keys", Reflect.ownKeys);
      // What the dummy cannot lose (an array's length, a function's prototype) the language wants to be named.
      const fixed = Reflect.ownKeys(dummy).filter((key) => !isConfigurable(dummy, key) && !keys.includes(key));
      return [...keys, ...fixed];
    },
    getOwnPropertyDescriptor(dummy, key) {
      const fixed = isConfigurable(dummy, key) ? undefined : Reflect.getOwnPropertyDescriptor(dummy, key);
      return target.access(key, (instance) => {
        const descriptor = Reflect.getOwnPropertyDescriptor(instance, key);
        if (descriptor === undefined) return fixed;
        // Another context's instance may lack the property: for the proxy nothing is fixed for ever.
        return { ...descriptor, configurable: fixed === undefined };
      });
    },
    setPrototypeOf(_, prototype) {
      return target.access("prototype", (instance) => Reflect.setPrototypeOf(instance, prototype));
    },
    preventExtensions() {
      // One proxy stands for many instances: it cannot become fixed with one of them.
      return false;
    },
    apply(_, thisArgument, args: unknown[]) {
      return target.access("()", (instance) => {
        const result: unknown = Reflect.apply(instance as Callable, thisArgument, args);
        return target.mask(result, instance);
      });
    },
    construct(_, args: unknown[], newTarget) {
      return target.access("new", (instance) => {
        const callee = newTarget === target.proxy ? instance : newTarget;
        return Reflect.construct(instance as Callable, args, callee as Callable) as object;
      });
    },
  };
}

type Callable = (...args: unknown[]) => unknown;

function isConfigurable(object: object, key: PropertyKey): boolean {
  return Reflect.getOwnPropertyDescriptor(object, key)?.configurable ?? true;
}
