import type { DeferWhere } from "./async-view.js";
import { isLook } from "./looks.js";
import { isAsyncFunction } from "./async-function.js";
import type { Class } from "./class.js";
import { memberOf } from "./members.js";

/** The option `defer` of any service. */
export type Defer = readonly PropertyKey[] | "all" | DeferWhere;

/** What the binding says of calls that may wait. (The class tells of native `async` methods.) */
export interface DeferredMembers {
  /** Whether calls of a member may wait. */
  has(member: PropertyKey): boolean;
  /** Whether the binding, or the class, tells that a member is a function. */
  isFunction(member: PropertyKey): boolean;
  /** Whether a call with these arguments waits: the form with a callback does not. */
  waits(args: readonly unknown[]): boolean;
}

/** Whether a binding names any calls that may wait. */
export function isSaid(defer: Defer | undefined): boolean {
  return defer !== undefined && (typeof defer === "function" || defer.length > 0);
}

/** @param shape - the class of the service, if it is known */
export function deferredMembers(defer: Defer, shape: Class | undefined): DeferredMembers {
  if (defer === "all") return everyMethod(shape);
  return typeof defer === "function" ? decidedBy(defer, shape) : named(defer);
}

function named(names: readonly PropertyKey[]): DeferredMembers {
  if (names.length === 0) return NONE;
  const set = new Set(names);
  const has = (member: PropertyKey): boolean => set.has(member);
  return { has, isFunction: has, waits };
}

/** A name for which the predicate holds counts as a function's, unless the class shows an accessor there. */
function decidedBy(isDeferred: DeferWhere, shape: Class | undefined): DeferredMembers {
  const answers = new Map<PropertyKey, boolean>();
  const has = (member: PropertyKey): boolean => {
    let answer = answers.get(member);
    if (answer === undefined) {
      answer = isName(member) && memberKind(shape, member) !== "accessor" && isDeferred(member);
      answers.set(member, answer);
    }
    return answer;
  };
  return { has, isFunction: has, waits };
}

/** Where the class is not known, any name may be a method's. */
function everyMethod(shape: Class | undefined): DeferredMembers {
  const isFunction = (member: PropertyKey): boolean => memberKind(shape, member) === "method";
  return { has: shape === undefined ? isName : isFunction, isFunction, waits: () => true };
}

function memberKind(shape: Class | undefined, member: PropertyKey): "method" | "accessor" | undefined {
  return shape && memberOf(shape, member)?.kind;
}

/** Not a name that may be asked of any value. */
function isName(member: PropertyKey): member is string {
  return typeof member === "string" && member !== "toJSON" && !(member in Object.prototype) && !isLook(member);
}

/**
 * A driver takes a callback as its last argument, and then returns nothing. An `async` function is no such callback, since its promise
 * would be lost: the method awaits it, as in `transaction(async …)`.
 */
function waits(args: readonly unknown[]): boolean {
  const last = args.at(-1);
  return typeof last !== "function" || isAsyncFunction(last);
}

const no = (): boolean => false;
const NONE: DeferredMembers = { has: no, isFunction: no, waits: no };
