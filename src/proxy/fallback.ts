import { type Callable, type Class, type Constructor, constructorOf, isLook } from "./members.js";
import { PROXY_MARK } from "./registry.js";
import type { Target } from "./target.js";

/** What a class shows, as the fallback needs it. */
export interface Shape {
  readonly shape: Class | undefined;
  readonly properties: ReadonlyMap<PropertyKey, PropertyDescriptor>;
}

/**
 * Serves members that the class does not show. As the last link of the prototype chain it costs known members nothing.
 */
export function fallbackHandler(target: Target, { shape, properties }: Shape): ProxyHandler<object> {
  return {
    get(_, key) {
      // `await proxy` and inversify look for `then`; a target that has one was refused.
      if (key === "then") return undefined;
      if (key === "constructor") {
        const instance = present(target);
        if (isOf(shape, instance)) return instance.constructor;
        return shape === undefined ? Object : constructorOf(shape);
      }
      if (key === PROXY_MARK) return true;
      if (isLook(key)) return lookAt(target, shape, key);
      // What `setInstance` was given may be a primitive, which JSON would not know in an object's clothes.
      if (key === "toJSON" && isPrimitive(target.source.peek())) return () => target.source.peek();
      return target.standIns.method(key) ?? target.read(key);
    },
    set(_, key, value, receiver) {
      // An object that has the proxy as its prototype gets a member of its own.
      if (receiver !== target.proxy)
        return target.access(key, (instance) => Reflect.set(instance, key, value, receiver));
      if (typeof value === "function") {
        target.write(key, value);
        return true;
      }
      return target.access(key, (instance) => Reflect.set(instance, key, value, instance));
    },
    has(dummy, key) {
      if (properties.has(key)) return true;
      const instance = present(target);
      // An element that is not there is left out (`concat`, `map`), so that an array must be asked for its elements.
      if (instance === undefined && Array.isArray(dummy) && isIndex(key) && target.source.around !== undefined)
        return target.access(key, (array) => key in array);
      return key in (instance ?? dummy);
    },
    getPrototypeOf(dummy) {
      const instance = present(target);
      return Reflect.getPrototypeOf(isOf(shape, instance) ? instance : dummy);
    },
  };
}

function isPrimitive(value: unknown): boolean {
  return value !== undefined && Object(value) !== value;
}

function isIndex(key: PropertyKey): boolean {
  return typeof key === "string" && /^\d+$/.test(key);
}

/** The instance may be of a subclass; what a test has put in its place may be of none. */
function isOf(shape: Class | undefined, instance: object | undefined): instance is object {
  return instance !== undefined && (shape === undefined || instance instanceof shape);
}

/** The instance if one is there; what `setInstance` was given may be a primitive. */
function present(target: Target): object | undefined {
  const instance: unknown = target.source.peek();
  return instance === undefined || instance === null ? undefined : (Object(instance) as object);
}

/** The instance's own answer where there is one, else what the class says without being asked by an instance. */
function lookAt(target: Target, shape: Class | undefined, key: PropertyKey): unknown {
  const instance = present(target) as Record<PropertyKey, unknown> | undefined;
  if (instance !== undefined) return instance[key];
  for (let owner = shape?.prototype as object | null; owner; owner = Reflect.getPrototypeOf(owner)) {
    const descriptor = Reflect.getOwnPropertyDescriptor(owner, key);
    if (descriptor !== undefined) return descriptor.value;
  }
  return undefined;
}

/** A proxy outermost: it also sees `delete`, own keys and descriptors, calls and `new`. */
export function fullHandler(target: Target, shape: Shape): ProxyHandler<object> {
  return {
    ...fallbackHandler(target, shape),
    deleteProperty(_, key) {
      return target.access(key, (instance) => Reflect.deleteProperty(instance, key));
    },
    defineProperty(_, key, descriptor) {
      // What is fixed for ever on one instance cannot be so on a proxy that stands for many; refused before it is done.
      if (descriptor.configurable === false) return false;
      return target.access(key, (instance) => {
        const define = (value: unknown): boolean => Reflect.defineProperty(instance, key, { ...descriptor, value });
        const { value } = descriptor as { value?: unknown };
        if (typeof value === "function") return target.standIns.put(instance, key, value as Callable, define);
        return Reflect.defineProperty(instance, key, descriptor);
      });
    },
    ownKeys() {
      return target.access("own keys", (instance) => Reflect.ownKeys(Object(instance) as object));
    },
    getOwnPropertyDescriptor(dummy, key) {
      return target.access(key, (instance) => {
        const descriptor = Reflect.getOwnPropertyDescriptor(Object(instance) as object, key);
        if (descriptor === undefined) return undefined;
        // An array's length is fixed on the dummy, and the language wants the proxy to say so.
        if (Array.isArray(dummy) && key === "length") return { ...descriptor, writable: true };
        // Another context's instance may lack the property: for the proxy nothing is fixed for ever.
        return { ...descriptor, configurable: true };
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
      return target.callItself(thisArgument, args);
    },
    construct(_, args: unknown[], newTarget) {
      return target.access("new", (instance) => {
        const callee = newTarget === target.proxy ? instance : newTarget;
        return Reflect.construct(instance as Constructor, args, callee as Constructor) as object;
      });
    },
  };
}
