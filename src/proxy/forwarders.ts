import { Script } from "node:vm";
import { GENERATED } from "../base/own-files.js";
import { als } from "../context/store.js";
import type { Callable, Class, Member } from "./members.js";
import type { Target } from "./target.js";

type Functions = { readonly value: Callable } | { readonly get: () => unknown; readonly set: (value: unknown) => void };

type Make = (key: PropertyKey, target: Target, storage: typeof als) => Functions;

interface Kept {
  readonly form: string;
  readonly make: Make;
}

/**
 * Each member of each class has code of its own as far as V8 learns from its use, so that the feedback of one class does not
 * slow down another. It is made when a member is first used, and is good for just such a member: a prototype changes when it is
 * patched or spied on.
 */
const generated = new WeakMap<Class, Map<PropertyKey, Kept>>();

/**
 * The property that forwards to a member of the instance of now. A method is plain data, as on a class: what spies and
 * stubs expect, and restore.
 *
 * @param shape - the class, under which the generated code is kept
 * @param jitless - plain closures instead of generated code
 */
export function forwarderOf(target: Target, shape: Class, member: Member, jitless: boolean): PropertyDescriptor {
  const functions = jitless ? closuresOf(target, member) : generatedFor(shape, member)(member.key, target, als);
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

function generatedFor(shape: Class, member: Member): Make {
  const ofClass = generated.get(shape) ?? new Map<PropertyKey, Kept>();
  generated.set(shape, ofClass);
  const form = formOf(member);
  const kept = ofClass.get(member.key);
  if (kept?.form === form) return kept.make;
  const make = generate(form, member);
  ofClass.set(member.key, { form, make });
  return make;
}

/** The scripts of all forms that were needed. There are a few dozen at most, and each is compiled once. */
const scripts = new Map<string, Script>();

/**
 * Each run of a script makes functions that share its code, but not what V8 learns of their use. So a member costs two
 * microseconds, where a text of its own to compile takes fifty.
 */
function generate(form: string, member: Member): Make {
  let script = scripts.get(form);
  if (script === undefined) scripts.set(form, (script = new Script(scriptText(member), { filename: GENERATED })));
  return script.runInThisContext(AS_IT_IS) as Make;
}

const AS_IT_IS = { displayErrors: false };

/** All that goes into the text. */
function formOf({ kind, parameters, result, waitsIn }: Member): string {
  return kind === "method" ? `${parameters} ${result} ${result === "never-this" ? waitsIn : ""}` : kind;
}

/**
 * Nothing that is a user's enters the text: the member's name is passed to it, and of its parameters there is only a small
 * number. A forwarder looks in the two places of the hot path and hands everything else to the target.
 */
function scriptText(member: Member): string {
  return `"use strict";
(k, t, als) => ({
${member.kind === "method" ? methodText(member) : accessorText()}
})`;
}

/** What a context's table is, see `context/slot.ts`. */
const LOOK = `let x = t.value, c, s, i;
    if (x === undefined && ((c = als.getStore()) === undefined ||
      (s = c.slots)[i = t.slot & s.length - 1] !== t.slot || (x = s[i + 1]) === undefined)`;

/** What comes out of a call, where a source follows what its calls return; the call itself may have put it there. */
const FOLLOWED = `typeof r === "object" && t.follows && r !== null && c !== undefined ? t.source.returned(r, k, c.context) : r`;

function methodText({ parameters, result, waitsIn }: Member): string {
  const names = Array.from({ length: parameters ?? 0 }, (_, p) => `a${p}`).join(", ");
  // The declared number of arguments is how the method is usually called. `arguments` is only ever spread in a call: V8
  // passes it on in registers then, while an array of it would be made by every call, whichever way it goes.
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

/** To compare a number with an object is a call into V8's runtime; to ask for the type first is not. */
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

/** The same without generated code. */
function closuresOf(target: Target, { key, kind }: Member): Functions {
  if (kind === "method") return { value: (...args) => target.callFast(key, args) };
  return { get: () => target.read(key), set: (value) => target.write(key, value) };
}
