import { als } from "../context/store.js";
import type { Callable, Class, Member } from "./members.js";
import type { Target } from "./target.js";

/** Functions that forward to the instance of now, one for each member, made for one proxy. */
export interface Forwarders {
  readonly methods: Map<PropertyKey, Callable>;
  /** As they go into `Object.defineProperties`. */
  readonly properties: Map<PropertyKey, PropertyDescriptor>;
}

type Generated = (target: Target, storage: typeof als) => Record<string, Callable>;

/** Code is generated once for each class, so that V8's feedback of one class does not slow down another. */
const generated = new WeakMap<Class, Generated>();

/**
 * The forwarders of a class's members for one proxy.
 *
 * @param shape - the class, under which the generated code is kept
 * @param jitless - plain closures instead of generated code; also where the process forbids generating code
 */
export function forwardersOf(target: Target, shape: Class, members: readonly Member[], jitless: boolean): Forwarders {
  let make: Generated | undefined;
  if (!jitless) {
    make = generated.get(shape);
    if (make === undefined) {
      make = generate(members);
      if (make !== undefined) generated.set(shape, make);
    }
  }
  return assemble(members, make === undefined ? closures(target, members) : make(target, als));
}

/** The accessors of own fields, enumerable as the fields themselves. */
export function fieldAccessors(
  target: Target,
  keys: readonly PropertyKey[],
  jitless: boolean,
): Map<PropertyKey, PropertyDescriptor> {
  const fields = keys.map(fieldMember);
  const make = jitless ? undefined : generate(fields);
  return assemble(fields, make === undefined ? closures(target, fields) : make(target, als)).properties;
}

function fieldMember(key: PropertyKey): Member {
  const kinds = { kind: "accessor", result: "maybe-this" } as const;
  return { ...kinds, key, enumerable: true, arity: 0, isAsync: false, hasGetter: true, hasSetter: true };
}

function assemble(members: readonly Member[], functions: Record<string, Callable>): Forwarders {
  const methods = new Map<PropertyKey, Callable>();
  const properties = new Map<PropertyKey, PropertyDescriptor>();
  members.forEach((member, i) => {
    const set = functions[`s${i}`] as (value: unknown) => void;
    if (member.kind === "method") {
      const method = functions[`m${i}`]!;
      Object.defineProperty(method, "name", { value: nameOf(member.key), configurable: true });
      Object.defineProperty(method, "length", { value: member.arity, configurable: true });
      methods.set(member.key, method);
      properties.set(member.key, { get: () => method, set, enumerable: member.enumerable, configurable: true });
      return;
    }
    const accessor: PropertyDescriptor = { enumerable: member.enumerable, configurable: true };
    if (member.hasGetter) accessor.get = functions[`g${i}`] as () => unknown;
    if (member.hasSetter) accessor.set = set;
    properties.set(member.key, accessor);
  });
  return { methods, properties };
}

function nameOf(key: PropertyKey): string {
  if (typeof key !== "symbol") return String(key);
  return key.description === undefined ? "" : `[${key.description}]`;
}

const MOST_PARAMETERS = 8;

let texts = 0;

/**
 * Generates the forwarders as source text. Names of members never enter the text: they are passed in a table, so that no
 * name can be code. Each forwarder looks in the two places of the hot path and hands everything else to the target.
 */
function generate(members: readonly Member[]): Generated | undefined {
  const text = members.map((member, i) =>
    member.kind === "method" ? methodText(member, i) : getterText(i) + setterText(i),
  );
  // Of equal texts V8 makes one function, whose feedback mixes the classes.
  const body = `"use strict"; // ${++texts}
return function (t, als) {
  return {
${text.join("\n")}
  };
};`;
  const names = members.map((_, i) => `k${i}`);
  try {
    // oxlint-disable-next-line typescript/no-implied-eval -- names of members never enter the text
    const build = new Function(...names, body) as (...keys: PropertyKey[]) => Generated;
    return build(...members.map(({ key }) => key));
  } catch {
    // node --disallow-code-generation-from-strings: closures do the same, somewhat slower.
    return undefined;
  }
}

/** What a context's table is, see `context/slot.ts`. */
const LOOK = `let x = t.value, c, s, i;
      if (x === undefined && ((c = als.getStore()) === undefined ||
        (s = c.slots)[i = t.slot & s.length - 1] !== t.slot || (x = s[i + 1]) === undefined)`;

function methodText({ arity, isAsync, result }: Member, i: number): string {
  const parameters = Array.from({ length: Math.min(arity, MOST_PARAMETERS) }, (_, p) => `a${p}`).join(", ");
  // The declared number of arguments is how the method is usually called. `arguments` is only ever spread in a call: V8
  // passes it on in registers then, while an array of it would be made by every call, whichever way it goes.
  const spread = `x[k${i}](...arguments)`;
  const call = arity > MOST_PARAMETERS ? spread : `arguments.length === ${arity} ? x[k${i}](${parameters}) : ${spread}`;
  const answer = {
    "never-this": isAsync ? `const r = ${call};\n      return ${followed(i, "r")};` : `return ${call};`,
    "maybe-this": `const r = ${call};
      return r === x ? t.proxy : ${followed(i, "r")};`,
    "maybe-promise-of-this": `let r = ${call};
      return r === x || (r = t.maskPromise(r, x)) === t.proxy ? t.proxy : ${followed(i, "r")};`,
  }[result];
  return `    m${i}(${parameters}) {
      ${LOOK} && (x = t.take(k${i}, c)) === undefined) return t.call(k${i}, ...arguments);
      ${answer}
    },
${setterText(i)}`;
}

/** What comes out of a call, where a source follows what its calls return. */
function followed(i: number, r: string): string {
  return `typeof ${r} === "object" && t.follows && ${r} !== null ? t.source.returned(${r}, k${i}, c.context) : ${r}`;
}

/** To compare a number with an object is a call into V8's runtime; to ask for the type first is not. */
function getterText(i: number): string {
  return `    g${i}() {
      ${LOOK}) return t.read(k${i});
      const v = x[k${i}];
      return typeof v === "function" ? t.standIns.found(k${i}, v) : typeof v === "object" && v === x ? t.proxy : v;
    },
`;
}

function setterText(i: number): string {
  return `    s${i}(v) {
      ${LOOK}) t.write(k${i}, v);
      else if (typeof v === "function") t.write(k${i}, v);
      else x[k${i}] = v;
    },`;
}

/** The same without generated code. */
function closures(target: Target, members: readonly Member[]): Record<string, Callable> {
  const functions: Record<string, Callable> = {};
  members.forEach(({ key }, i) => {
    functions[`m${i}`] = (...args) => target.callFast(key, args);
    functions[`g${i}`] = () => target.read(key);
    functions[`s${i}`] = (value) => target.write(key, value);
  });
  return functions;
}
