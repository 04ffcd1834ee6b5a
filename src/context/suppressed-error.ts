import { isObject } from "../base/is-object.js";
import { alsoFailed } from "./errors.js";

type SuppressedErrorConstructor = new (error: unknown, suppressed: unknown, message?: string) => Error;

/**
 * Node's own SuppressedError where there is one (Node 24), else an Error of the same name and fields. `error` is the body's
 * error, a primitive or frozen; `suppressed` is the array of the disposers' errors.
 */
export function suppressedError(error: unknown, suppressed: unknown[]): Error {
  const message = alsoFailed(error, suppressed.length);
  const Native = (globalThis as { SuppressedError?: SuppressedErrorConstructor }).SuppressedError;
  const wrapping = Native === undefined ? new Error(message) : new Native(error, suppressed, message);
  if (Native === undefined) Object.defineProperty(wrapping, "name", { ...HIDDEN, value: "SuppressedError" });
  // An object is not enumerable: loggers fail on one that is frozen, and the message tells of it.
  Object.defineProperty(wrapping, "error", { ...SHOWN, enumerable: !isObject(error), value: error });
  Object.defineProperty(wrapping, "suppressed", { ...SHOWN, value: asJson(suppressed) });
  return wrapping;
}

const HIDDEN = { writable: true, configurable: true };
/** `console.log` and loggers show only the enumerable fields of an error. */
const SHOWN = { ...HIDDEN, enumerable: true };

/** @returns whether `suppressed` has become a field of the error */
export function showSuppressed(error: object, suppressed: unknown[]): boolean {
  return Reflect.defineProperty(error, "suppressed", { ...SHOWN, value: asJson(suppressed) });
}

/** Most loggers write JSON, in which an error of an array is `{}`. `toJSON` of this array writes the errors out. */
function asJson(errors: unknown[]): unknown[] {
  const toJSON = (): unknown[] => errors.map((error) => (error instanceof Error ? jsonOf(error) : error));
  return Object.defineProperty(errors, "toJSON", { ...HIDDEN, value: toJSON });
}

function jsonOf(error: Error): object {
  const { name, message, stack } = error;
  return { type: name, message, stack, ...(error as object) };
}
