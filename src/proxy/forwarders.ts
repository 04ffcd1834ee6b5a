import type { Script } from "node:vm";
import { GENERATED } from "../base/own-files.js";
import { als } from "../context/store.js";
import type { Callable, Class } from "./class.js";
import type { Member } from "./members.js";
import type { Target } from "./target.js";

type Functions = { readonly value: Callable } | { readonly get: () => unknown; readonly set: (value: unknown) => void };

type Make = (key: PropertyKey, target: Target, storage: typeof als) => Functions;

interface Kept {
  readonly form: string;
  readonly make: Make;
}

/**
 * Each member of each class has functions of its own, so that what V8 learns from the use of one class does not slow down another.
 * They are made when the member is first used, and kept with the form that they serve: a patch or a spy changes a prototype.
 */
const generated = new WeakMap<Class, Map<PropertyKey, Kept>>();

/**
 * The property that forwards to a member of the current instance. A method is plain data, as on a class: spies and stubs expect
 * and restore that.
 *
 * @param shape - the class for which the generated code is kept
 * @param jitless - makes plain closures instead of generated code
 */
export function forwarderOf(target: Target, shape: Class, member: Member, jitless: boolean): PropertyDescriptor {
  const make = jitless || isRefused ? undefined : generatedFor(shape, member);
  const functions = make === undefined ? closuresOf(target, member) : make(member.key, target, als);
  const attributes = { enumerable: member.enumerable, configurable: true };
  if ("value" in functions) return { value: named(functions.value, member), writable: true, ...attributes };
  const accessor: PropertyDescriptor = attributes;
  if (member.hasGetter) accessor.get = functions.get;
  if (member.hasSetter) accessor.set = functions.set;
  return accessor;
}

function named(method: Callable, { key, length }: Member): Callable {
  if (method.name !== nameOf(key)) Object.defineProperty(method, "name", { value: nameOf(key), configurable: true });
  if (method.length !== length) Object.defineProperty(method, "length", { value: length, configurable: true });
  return method;
}

function nameOf(key: PropertyKey): string {
  if (typeof key !== "symbol") return String(key);
  return key.description === undefined ? "" : `[${key.description}]`;
}

function generatedFor(shape: Class, member: Member): Make | undefined {
  const ofClass = generated.get(shape) ?? new Map<PropertyKey, Kept>();
  generated.set(shape, ofClass);
  const form = formOf(member);
  const kept = ofClass.get(member.key);
  if (kept?.form === form) return kept.make;
  const make = generate(form, member);
  if (make !== undefined) ofClass.set(member.key, { form, make });
  return make;
}

/** One script for each form of a member: a few dozen at most. */
const scripts = new Map<string, Script>();

/** The runtime, or a policy of the process, refuses to compile scripts; the first attempt tells. Then closures forward. */
let isRefused = false;

/**
 * Each run of a script makes functions that share its code, but not what V8 learns of their use. So a member costs two
 * microseconds; to compile a text of its own would take fifty.
 */
function generate(form: string, member: Member): Make | undefined {
  try {
    let script = scripts.get(form);
    if (script === undefined) scripts.set(form, (script = compiled(scriptText(member))));
    return script.runInThisContext(AS_IT_IS) as Make;
  } catch (error) {
    // A full stack is no refusal.
    if (String(error).startsWith("RangeError")) throw error;
    isRefused = true;
    return undefined;
  }
}

/** `node:vm` is loaded by the first use of a service, not by the import. */
function compiled(text: string): Script {
  return new (process.getBuiltinModule("node:vm").Script)(text, { filename: GENERATED });
}

const AS_IT_IS = { displayErrors: false };

/** Everything on which the text depends. */
function formOf({ kind, parameters, result, waitsIn }: Member): string {
  return kind === "method" ? `${parameters} ${result} ${result === "never-this" ? waitsIn : ""}` : kind;
}

/**
 * The text contains nothing of the user's but the number of parameters, which is a small integer; the member's name is passed as
 * a value. A forwarder looks in the two places of the hot path, and hands everything else to the target.
 */
function scriptText(member: Member): string {
  return `"use strict";
(k, t, als) => ({
${member.kind === "method" ? methodText(member) : accessorText()}
})`;
}

/** Looks for the instance in `x`, first in the target, then in the context's table; see `context/slot.ts`. */
const LOOK = `let x = t.value, c, s, i;
    if (x === undefined && ((c = als.getStore()) === undefined ||
      (s = c.slots)[i = t.slot & s.length - 1] !== t.slot || (x = s[i + 1]) === undefined)`;

/** The result. A source that follows results sees it first; it is asked after the call, which may have attached the source. */
const FOLLOWED = `typeof r === "object" && t.follows && r !== null && c !== undefined ? t.source.returned(r, k, c) : r`;

function methodText({ parameters, result, waitsIn }: Member): string {
  const names = Array.from({ length: parameters ?? 0 }, (_, p) => `a${p}`).join(", ");
  // Most calls have the declared number of arguments. `arguments` is only ever spread in a call: V8 then passes it on in registers,
  // while any other use would make an array at every call.
  const spread = "x[k](...arguments)";
  const call = parameters === undefined ? spread : `arguments.length === ${parameters} ? x[k](${names}) : ${spread}`;
  const answer = {
    "never-this": waitsIn === undefined ? `return ${call};` : `const r = ${call};\n    return ${FOLLOWED};`,
    "maybe-this": `const r = ${call};
    return r === x ? t.proxy : ${FOLLOWED};`,
    "maybe-promise-of-this": `let r = ${call};
    return r === x || (r = t.maskPromise(r, x)) === t.proxy ? t.proxy : ${FOLLOWED};`,
  }[result];
  return `  value: { [k](${names}) {
    ${LOOK} && (x = t.take(k, c)) === undefined) return t.call(k, ...arguments);
    ${answer}
  } }[k]`;
}

/** The type is asked for first: V8 compares a number with an object by a call into its runtime. */
function accessorText(): string {
  return `  get() {
    ${LOOK}) return t.read(k);
    const v = x[k];
    return typeof v === "function" ? t.functions.functionFor(k, v, x) : typeof v === "object" && v === x ? t.proxy : v;
  },
  set(v) {
    ${LOOK}) t.write(k, v);
    else if (typeof v === "function") t.write(k, v);
    else x[k] = v;
  }`;
}

/** Forwards without generated code. */
function closuresOf(target: Target, { key, kind }: Member): Functions {
  if (kind === "method") return { value: (...args) => target.callFast(key, args) };
  return { get: () => target.read(key), set: (value) => target.write(key, value) };
}
