import { descriptorOf } from "../../base/descriptor-of.js";
import { warnOfEndless } from "./failures.js";

/** What most clients call their end; few of them have a `Symbol.asyncDispose`. */
const ENDS = ["end", "close", "quit", "disconnect", "release"] as const;

/**
 * A method by which an object seems to be ended, though nothing calls it: it has none of the two symbols that are called.
 *
 * @param object - an instance, or the prototype of a class
 */
export function unusedEndOf(object: object): string | undefined {
  if ([Symbol.asyncDispose, Symbol.dispose].some((key) => isFunction(object, key))) return undefined;
  return ENDS.find((key) => isFunction(object, key));
}

function isFunction(object: object, key: PropertyKey): boolean {
  return typeof descriptorOf(object, key)?.value === "function";
}

/**
 * Tells, once for a binding, that its instances will not be ended.
 *
 * @param isEnded - whether something else does it; asked only where it matters
 */
export function warnIfEndless(service: string, instance: object, isEnded: () => boolean): void {
  const end = unusedEndOf(instance);
  if (end !== undefined && !isEnded()) warnOfEndless(service, end);
}
