import { descriptorOf } from "../../base/descriptor-of.js";
import { isObject } from "../../base/is-object.js";
import { membersOf } from "../../proxy/members.js";
import type { Source } from "../../proxy/source.js";
import { HeldLease } from "../held-lease.js";
import type { ShownBy } from "../options.js";
import { type Gone, unbound } from "../errors.js";

/** The binding whose place the object takes. */
interface Known extends Gone {
  readonly proxyOptions: ShownBy;
}

/** A source of one given value; `undefined` and `null` are values, too. The proxy has learnt what the value shows. */
export function fixedSource(known: Known, object: object): Source {
  // The hot path takes `undefined` for no instance, and calls a member without a look whether it exists.
  return object === undefined || lacksMethod(object, known.proxyOptions)
    ? fakeSource(known, object)
    : plainSource(known, object);
}

/** The same for the fake of a test, of which the proxy must learn nothing: so each touch looks at it. */
export function fakeSource(known: Known, fake: object): Source {
  const source = plainSource(known, fake);
  return { ...source, intercept: (operation) => operation.run(fake), ready: () => Promise.resolve() };
}

function plainSource(known: Known, object: object): Source {
  const here = (): object => object;
  const later = (): Promise<object> => Promise.resolve(object);
  const nothingToEnd = (): void => {};
  return {
    shared: object,
    acquireNow: here,
    acquire: later,
    unavailableError: unbound.bind(undefined, known),
    peek: here,
    has: () => true,
    release: () => Promise.resolve(),
    lease: async () => new HeldLease(known.name, await later(), nothingToEnd),
    close: nothingToEnd,
  };
}

/** Whether an object lacks a method that the proxy shows: most fakes have only what the test needs. */
function lacksMethod(object: object, { shape, defer }: ShownBy): boolean {
  if (!isObject(object)) return false;
  const methods = (shape === undefined ? [] : membersOf(shape)).filter(({ kind }) => kind === "method");
  return [...methods.map(({ key }) => key), ...(Array.isArray(defer) ? (defer as PropertyKey[]) : [])].some(
    (key) => !hasFunction(object, key),
  );
}

/** The value of an accessor is known only when it is called. */
function hasFunction(object: object, key: PropertyKey): boolean {
  return typeof descriptorOf(object, key)?.value === "function";
}
