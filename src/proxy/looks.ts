import { type Class, constructorOf } from "./class.js";
import { inherited } from "./members.js";

/** What the language's protocols ask of any value: can it be iterated, can it be made a primitive? */
const PROTOCOLS = new Set<PropertyKey>([Symbol.iterator, Symbol.asyncIterator, Symbol.toPrimitive]);

/**
 * What frameworks and test tools ask of any value: matchers, spies, React elements, nodes of a document, Immutable's
 * collections, Fastify's `decorate`.
 */
const TOOLS = new Set<PropertyKey>([
  "$$typeof",
  "asymmetricMatch",
  "getter",
  "hasAttribute",
  "inspect",
  "jasmineToString",
  "nodeName",
  "nodeType",
  "ownerDocument",
  "setter",
  "tagName",
  "_isMockFunction",
]);

/** Symbols of tools, by their descriptions. */
const MARKS = new Set<string | undefined>(["SinonType", "@jest/serializableProperties"]);

/** Whether tools ask this of any value. Where the class has no such member, no instance is made to answer. */
export function isLook(key: PropertyKey): boolean {
  if (typeof key === "symbol") return PROTOCOLS.has(key) || MARKS.has(key.description);
  return TOOLS.has(key) || String(key).startsWith("@@__IMMUTABLE_");
}

/** The instance's answer if there is one, else the class's. */
export function answerOf(instance: object | undefined, shape: Class | undefined, key: PropertyKey): unknown {
  if (instance !== undefined) return (instance as Record<PropertyKey, unknown>)[key];
  return inherited((shape?.prototype ?? null) as object | null, key)?.value;
}

/** Whether the class's text names such a member: then instances may have it as a field, though no prototype shows it. */
export function mayHaveField(shape: Class | undefined, key: PropertyKey): boolean {
  return shape === undefined || hasText(shape, (text) => text.includes(nameOf(key)));
}

/** The same, if its text does more than ask others for such a member: it declares it, assigns it, or names it in a list. */
export function mayDefineField(shape: Class | undefined, key: PropertyKey): boolean {
  if (!mayHaveField(shape, key)) return false;
  const name = nameOf(key).replaceAll(/[.$]/g, "\\$&");
  const defined = new RegExp(`(?<![\\w$])${name}["'\`]?\\s*\\]?\\s*(?:(?:\\|\\||&&|\\?\\?)?=(?!=)|[:,;}\\n])`);
  return shape === undefined || hasText(shape, (text) => defined.test(text));
}

function nameOf(key: PropertyKey): string {
  return typeof key === "symbol" ? key.description! : String(key);
}

function hasText(shape: Class, has: (text: string) => boolean): boolean {
  for (let owner = shape.prototype as object | null; owner; owner = Reflect.getPrototypeOf(owner)) {
    const ofOwner = constructorOf({ prototype: owner } as Class);
    if (typeof ofOwner === "function" && has(Function.prototype.toString.call(ofOwner))) return true;
  }
  return false;
}
