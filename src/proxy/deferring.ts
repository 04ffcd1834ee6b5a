import type { DeferWhere } from "./async-view.js";
import { isLook } from "./looks.js";
import { type Class, isAsyncFunction, memberOf } from "./members.js";

/** The option `defer`, whatever the service is. */
export type Defer = readonly PropertyKey[] | "all" | DeferWhere;

/** What a binding says of calls that may wait, besides what the class tells. */
export interface DeferredMembers {
  /** Whether calls of a member may wait. */
  has(member: PropertyKey): boolean;
  /** Whether a member is known to be a function without looking. */
  isFunction(member: PropertyKey): boolean;
  /** Whether such a call waits: the form with a callback does not. */
  waits(args: readonly unknown[]): boolean;
}

/** Whether a binding says anything of calls that may wait. */
export function isSaid(defer: Defer | undefined): boolean {
  return defer !== undefined && (typeof defer === "function" || defer.length > 0);
}

/** @param shape - the class of the service, if it is known */
export function deferredMembers(defer: Defer, shape: Class | undefined): DeferredMembers {
  if (defer === "all") return everyMethod(shape);
  return typeof defer === "function" ? chosen(defer, shape) : named(defer);
}

function named(names: readonly PropertyKey[]): DeferredMembers {
  if (names.length === 0) return NONE;
  const set = new Set(names);
  const has = (member: PropertyKey): boolean => set.has(member);
  return { has, isFunction: has, waits };
}

/** Whoever says so of a name knows it for a function's; what the class shows as something else stays that. */
function chosen(isDeferred: DeferWhere, shape: Class | undefined): DeferredMembers {
  const answers = new Map<PropertyKey, boolean>();
  const has = (member: PropertyKey): boolean => {
    let answer = answers.get(member);
    if (answer === undefined) {
      answer = isName(member) && kindOf(shape, member) !== "accessor" && isDeferred(member);
      answers.set(member, answer);
    }
    return answer;
  };
  return { has, isFunction: has, waits };
}

/** Of a service without a class anything may be a method, as long as nothing is there to tell. */
function everyMethod(shape: Class | undefined): DeferredMembers {
  const isFunction = (member: PropertyKey): boolean => kindOf(shape, member) === "method";
  return { has: shape === undefined ? isName : isFunction, isFunction, waits: () => true };
}

function kindOf(shape: Class | undefined, member: PropertyKey): "method" | "accessor" | undefined {
  return shape && memberOf(shape, member)?.kind;
}

/** What nobody asks of any value. */
function isName(member: PropertyKey): member is string {
  return typeof member === "string" && member !== "toJSON" && !(member in Object.prototype) && !isLook(member);
}

/**
 * Drivers take a callback last, and return nothing then. One that is `async` is given to what awaits it (`transaction(async …)`):
 * a callback's promise would be lost.
 */
function waits(args: readonly unknown[]): boolean {
  const last = args.at(-1);
  return typeof last !== "function" || isAsyncFunction(last);
}

const no = (): boolean => false;
const NONE: DeferredMembers = { has: no, isFunction: no, waits: no };
