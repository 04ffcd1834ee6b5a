import { type Class, constructorOf, inherited } from "./members.js";

/** The first question to any value: can it be iterated, awaited, made a primitive? */
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

/** Symbols of tools, by what they are called. */
const MARKS = new Set<string | undefined>(["SinonType", "@jest/serializableProperties"]);

/** What may be asked of anything. Where the class has no such member, no instance is made to answer it. */
export function isLook(key: PropertyKey): boolean {
  if (typeof key === "symbol") return PROTOCOLS.has(key) || MARKS.has(key.description);
  return TOOLS.has(key) || String(key).startsWith("@@__IMMUTABLE_");
}

/** The instance's own answer where there is one, else what the class says without being asked by an instance. */
export function answerOf(instance: object | undefined, shape: Class | undefined, key: PropertyKey): unknown {
  if (instance !== undefined) return (instance as Record<PropertyKey, unknown>)[key];
  return inherited((shape?.prototype ?? null) as object | null, key)?.value;
}

/** Whether instances may have such a member though the class's prototypes show none: a field that its text names. */
export function mayHaveField(shape: Class | undefined, key: PropertyKey): boolean {
  const name = typeof key === "symbol" ? key.description : String(key);
  for (let owner = shape?.prototype as object | null | undefined; owner; owner = Reflect.getPrototypeOf(owner)) {
    const text = Function.prototype.toString.call(constructorOf({ prototype: owner } as Class));
    if (text.includes(name!)) return true;
  }
  return shape === undefined;
}
