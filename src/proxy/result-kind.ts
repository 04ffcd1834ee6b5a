import { types } from "node:util";
import { isAsyncFunction } from "./async-function.js";

/** What a method's source text tells of its result. */
export type ResultKind = "never-this" | "maybe-this" | "maybe-promise-of-this";

interface Analysis {
  /** The kind, if nothing but the method hands out the instance. */
  readonly alone: ResultKind;
  /** If something else hands out the instance, the method may return it. */
  readonly mayPassOn: boolean;
}

const analyses = new WeakMap<object, Analysis>();

/**
 * Tells from a method's source whether it may return its own instance, by itself or in a promise. Only then is the result looked at:
 * a look into every promise would double the time of an `await`.
 *
 * @param mayReturnSelf - something else may hold the instance and hand it out; see `classMayReturnSelf`
 */
export function resultKind(method: (...args: never[]) => unknown, mayReturnSelf: boolean): ResultKind {
  const { alone, mayPassOn } = analysisOf(method);
  return mayReturnSelf && mayPassOn ? "maybe-promise-of-this" : alone;
}

/** Whether it matters for the result what else holds the instance. */
export function mayPassOn(method: (...args: never[]) => unknown): boolean {
  return analysisOf(method).mayPassOn;
}

function analysisOf(method: (...args: never[]) => unknown): Analysis {
  let analysis = analyses.get(method);
  if (analysis === undefined) analyses.set(method, (analysis = analyse(method)));
  return analysis;
}

/** A bare `this`, a call of an own method, a computed member: each may yield the instance. */
const MAY_YIELD_THIS = /\bthis\b(?!\s*(?:\?\.|\.))|\bsuper\b|\bthis\s*\??\.\s*#?[\w$]+\s*(?:\?\.)?\(/;
/** A call of an own method as a statement, whose result is dropped. */
const DROPPED_CALL =
  /(?<=[;{})]|\belse)\s*(?:await\s+)?this\s*\.\s*#?[\w$]+\s*\((?:(?!\bthis\b)[^()'"`/]|"[^"\\]*"|'[^'\\]*')*\)\s*;/g;
const NATIVE = /\{\s*\[native code\]\s*\}\s*$/;

function analyse(method: (...args: never[]) => unknown): Analysis {
  const source = Function.prototype.toString.call(method);
  const usesThis = source.includes("this");
  if (isNative(source) || mayYieldThis(source)) {
    return { alone: "maybe-promise-of-this", mayPassOn: usesThis };
  }
  if (!types.isGeneratorFunction(method) && returnsOnlyArithmetic(source)) return PRIMITIVE;
  return { alone: isAsyncFunction(method) ? "never-this" : "maybe-this", mayPassOn: usesThis };
}

const PRIMITIVE: Analysis = { alone: "never-this", mayPassOn: false };

function isNative(source: string): boolean {
  return source.includes("[native code]") && NATIVE.test(source);
}

/** The first search suffices for most texts. */
function mayYieldThis(source: string): boolean {
  return MAY_YIELD_THIS.test(source) && MAY_YIELD_THIS.test(source.replace(DROPPED_CALL, ";"));
}

/** Sums, products and literals are primitives, whatever their operands. */
function returnsOnlyArithmetic(source: string): boolean {
  if (source.includes("=>") || source.includes("`") || /["'/]/.test(source)) return false;
  const returns = source.match(/\breturn\b[^;}]*/g) ?? [];
  return returns.every((text) => {
    const expression = text.slice("return".length).trim();
    return expression === "" || /^-?[\d.]+$/.test(expression) || /^[\w.\s]+(?:[-+*%][\w.\s]+)+$/.test(expression);
  });
}
