import { EventEmitter } from "node:events";
import type { Class } from "./members.js";

/*
 * Whether an instance can come out of its own methods by way of something that holds it. Only the source text can tell in
 * advance; what it does not show (a factory that puts the instance into a map) is beyond it.
 */

/** `this` put into a field, a variable, an object or an argument, or handed on by a function that keeps it. */
const SELF_KEPT =
  /(?:[=:,([>?&|]|\byield\b)\s*this\b(?!\s*(?:\?\.|\.|\[))|(?:=>|\bget\s+#?[\w$]+\s*\(\s*\))\s*\{[^}]*\breturn\s+this\b(?!\s*(?:\?\.|\.|\[))/;

/** What all of these have, and few classes: found in a tenth of the time. */
const BARE = /this\b(?!\s*(?:\?\.|\.|\[))/;

/** Whether any class in the chain does so, or one of their accessors returns it. */
export function classMayReturnSelf(shape: Class): boolean {
  return chainMayReturnSelf(shape.prototype as object);
}

/** The same for the class of an instance, which may also hold itself in a field. */
export function instanceMayReturnSelf(instance: object): boolean {
  return holdsItself(instance) || chainMayReturnSelf(Reflect.getPrototypeOf(instance));
}

function holdsItself(instance: object): boolean {
  // There may be millions of elements, and a method that hands one out shows that it may be anything.
  if (Array.isArray(instance) || ArrayBuffer.isView(instance)) return false;
  return Object.values(Object.getOwnPropertyDescriptors(instance)).some(({ value }) => value === instance);
}

function chainMayReturnSelf(start: object | null): boolean {
  for (let prototype = start; prototype !== null; prototype = Reflect.getPrototypeOf(prototype)) {
    if (!HARMLESS.has(prototype) && mayReturnSelf(prototype)) return true;
  }
  return false;
}

/** An emitter's constructor passes itself to what sets up its own fields. */
const HARMLESS = new Set<object>([Object.prototype, EventEmitter.prototype]);

const known = new WeakMap<object, boolean>();

function mayReturnSelf(prototype: object): boolean {
  let keeps = known.get(prototype);
  if (keeps === undefined) known.set(prototype, (keeps = textsKeepSelf(prototype)));
  return keeps;
}

/** The text of a class has all of its methods in it; that of an old-style one is only its constructor's. */
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
