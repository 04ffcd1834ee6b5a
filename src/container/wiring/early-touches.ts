import { memberOf } from "../../proxy/members.js";
import { codeOnly, endOf, withoutFunctions } from "./code-text.js";
import type { GraphNode } from "./graph.js";

/*
 * Which of its dependencies a stock service touches while it is made, as far as the text of its constructor, of its
 * `@postConstruct` methods or of its factory tells. A function within runs later, and is left out.
 */

/** The dependencies that are touched, each with the place, as the message calls it. */
export function* earlyTouches({ binding, injected, postConstruct }: GraphNode): Generator<[where: string, GraphNode]> {
  const { factory, implementationType } = binding;
  if (typeof factory === "function") {
    for (const found of touchedBy(codeOf(factory, "("), injected)) yield ["in its factory", found];
  }
  if (implementationType === undefined) return;
  const code = codeOf(implementationType, "constructor");
  for (const found of touchedBy(code, injected)) yield ["in its constructor", found];
  const fields = new Map([...injected].filter(([key]) => typeof key === "string"));
  for (const [name, i] of code?.kept ?? []) if (injected.has(i)) fields.set(name, injected.get(i)!);
  const prototype = implementationType.prototype as Record<PropertyKey, unknown>;
  for (const method of postConstruct) {
    // inversify has planned to call it, so it is there.
    const { body } = codeOf(prototype[method] as object, "(")!;
    for (const [name, found] of fields) {
      if (isTouched(body, `this\\s*\\.\\s*${escaped(String(name))}`, found)) yield [`in ${String(method)}`, found];
    }
  }
}

/** A function as its text tells. */
interface Code {
  readonly parameters: readonly string[];
  /** What runs when it is called. */
  readonly body: string;
  /** The fields that then hold a parameter, with its number. */
  readonly kept: ReadonlyMap<string, number>;
}

function* touchedBy(code: Code | undefined, injected: ReadonlyMap<PropertyKey, GraphNode>): Generator<GraphNode> {
  for (const [i, name] of code?.parameters.entries() ?? []) {
    const found = injected.get(i);
    if (found === undefined || !/^[\w$]+$/.test(name)) continue;
    const fields = [...code!.kept].filter(([, of]) => of === i).map(([field]) => `this\\s*\\.\\s*${escaped(field)}`);
    if ([`(?<![.\\w$])${escaped(name)}`, ...fields].some((text) => isTouched(code!.body, text, found))) yield found;
  }
}

/** Whether a member is read, called or taken out. To read a method of the class, and not call it, is no touch. */
function isTouched(body: string, text: string, { scoped }: GraphNode): boolean {
  const shape = scoped?.service.proxyOptions.shape;
  const isMethod = (name: string): boolean => shape !== undefined && memberOf(shape, name)?.kind === "method";
  const uses = new RegExp(`${text}\\s*(?:\\[|(?:\\?\\.|\\.)\\s*([\\w$]*)(\\s*(?:\\?\\.\\s*)?\\()?)`, "g");
  for (const [, name = "", call] of body.matchAll(uses)) if (call !== undefined || !isMethod(name)) return true;
  const takes = new RegExp(`(?:\\{([^{}]*))?\\}\\s*=\\s*${text}\\s*[;,)\\n]`, "g");
  for (const [, names = ""] of body.matchAll(takes)) {
    if (!names.split(",").every((name) => isMethod(name.split(/[:=]/)[0]!.trim()))) return true;
  }
  return false;
}

function escaped(name: string): string {
  return name.replaceAll("$", "\\$");
}

/** @param from - where the list of parameters begins */
function codeOf(of: object, from: string): Code | undefined {
  const text = codeOnly(Function.prototype.toString.call(of));
  const start = from === "(" ? text.indexOf("(") : text.search(/(?<![.\w$])constructor\s*\(/);
  const open = start < 0 ? -1 : text.indexOf("(", start);
  const close = open < 0 ? -1 : endOf(text, open);
  if (close < 0) return undefined;
  const rest = text.slice(close + 1);
  const brace = /^\s*(?:=>\s*)?\{/.exec(rest);
  const body =
    brace === null ? rest.replace(/^\s*=>/, "") : rest.slice(brace[0].length, endOf(rest, brace[0].length - 1));
  const parameters = text
    .slice(open + 1, close)
    .split(",")
    .map((name) => name.trim());
  const runs = withoutFunctions(body);
  const assigned = [...runs.matchAll(/\bthis\s*\.\s*([\w$]+)\s*=\s*([\w$]+)\s*[;,\n]/g)];
  const kept = assigned
    .map(([, field, name]) => [field!, parameters.indexOf(name!)] as const)
    .filter(([, i]) => i >= 0);
  return { parameters, body: runs, kept: new Map(kept) };
}
