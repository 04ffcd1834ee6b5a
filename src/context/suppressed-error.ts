import { brief } from "../brief.js";

type SuppressedErrorConstructor = new (error: unknown, suppressed: unknown, message?: string) => Error;

/**
 * Node's own SuppressedError where there is one (Node 24), else an Error of the same name and fields. `error` is the
 * body's error, being a primitive or frozen; `suppressed` is the array of the disposers' errors.
 */
export function suppressedError(error: unknown, suppressed: unknown[]): Error {
  const message = `${brief(error)} (and ${suppressed.length} disposer(s) failed at the end of the context)`;
  const Native = (globalThis as { SuppressedError?: SuppressedErrorConstructor }).SuppressedError;
  if (Native !== undefined) return new Native(error, suppressed, message);
  const fallback = new Error(message);
  for (const [name, value] of Object.entries({ name: "SuppressedError", error, suppressed })) {
    Object.defineProperty(fallback, name, { value, writable: true, configurable: true });
  }
  return fallback;
}
