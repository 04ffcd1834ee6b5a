import { EventEmitter } from "node:events";
import type { Class } from "./class.js";

/*
 * Whether a method may return its instance because something else holds it. Only the source text tells that in advance. It does not
 * show everything: a factory may put the instance into a map.
 */

/** `this` put into a field, a variable, an object or an argument, or handed on by a function that keeps it. */
const SELF_KEPT =
  /(?:[=:,([>?&|]|\byield\b)\s*this\b(?!\s*(?:\?\.|\.|\[))|(?:=>|\bget\s+#?[\w$]+\s*\(\s*\))\s*\{[^}]*\breturn\s+this\b(?!\s*(?:\?\.|\.|\[))/;

/** Every such text has a bare `this`, and few classes do: this search takes a tenth of the time. */
const BARE = /this\b(?!\s*(?:\?\.|\.|\[))/;

/** Whether any class in the chain hands on `this`, or an accessor returns it. */
export function classMayReturnSelf(shape: Class): boolean {
  return chainMayReturnSelf(shape.prototype as object);
}

/** The same for the class of an instance; the instance may also hold itself in a field. */
export function instanceMayReturnSelf(instance: object): boolean {
  return holdsItself(instance) || chainMayReturnSelf(Reflect.getPrototypeOf(instance));
}

function holdsItself(instance: object): boolean {
  // There may be millions of elements. A method that returns one is looked at anyway: its text shows that it may return anything.
  if (Array.isArray(instance) || ArrayBuffer.isView(instance)) return false;
  return Object.values(Object.getOwnPropertyDescriptors(instance)).some(({ value }) => value === instance);
}

function chainMayReturnSelf(start: object | null): boolean {
  for (let prototype = start; prototype !== null; prototype = Reflect.getPrototypeOf(prototype)) {
    if (!HARMLESS.has(prototype) && mayReturnSelf(prototype)) return true;
  }
  return false;
}

/** An emitter's constructor passes `this` on, but only to what sets up its fields. */
const HARMLESS = new Set<object>([Object.prototype, EventEmitter.prototype]);

const known = new WeakMap<object, boolean>();

function mayReturnSelf(prototype: object): boolean {
  let keeps = known.get(prototype);
  if (keeps === undefined) known.set(prototype, (keeps = textsKeepSelf(prototype)));
  return keeps;
}

/** The text of a class contains its methods. The text of an old-style one is only the constructor's, so each member is read. */
function textsKeepSelf(prototype: object): boolean {
  return Reflect.ownKeys(prototype).some((key) => {
    const member = Reflect.getOwnPropertyDescriptor(prototype, key)!;
    return keepsSelf(member.value) || keepsSelf(member.get);
  });
}

function keepsSelf(value: unknown): boolean {
  if (typeof value !== "function") return false;
  const text = Function.prototype.toString.call(value);
  return BARE.test(text) && SELF_KEPT.test(text);
}
