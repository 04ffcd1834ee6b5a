import { descriptorOf } from "../../base/descriptor-of.js";
import { isObject } from "../../base/is-object.js";
import { membersOf } from "../../proxy/members.js";
import type { Source } from "../../proxy/source.js";
import { HeldLease } from "../held-lease.js";
import type { ShownBy } from "../options.js";
import { unbound } from "../errors.js";

/** Whose place the object takes. */
interface Known {
  readonly name: string;
  readonly proxyOptions: ShownBy;
}

/** A source of one given object; `undefined` and `null` are objects here too. */
export function fixedSource({ name, proxyOptions }: Known, object: object): Source {
  const here = (): object => object;
  const later = (): Promise<object> => Promise.resolve(object);
  const nothingToEnd = (): void => {};
  const source: Source = {
    shared: object,
    acquireNow: here,
    acquire: later,
    unavailableError: unbound.bind(undefined, name),
    peek: here,
    has: () => true,
    release: () => Promise.resolve(),
    lease: async () => new HeldLease(name, await later(), nothingToEnd),
    close: nothingToEnd,
  };
  // Elsewhere `undefined` means that there is nothing yet; and forwarders call a member without looking whether it is there.
  if (object !== undefined && !lacksMethod(object, proxyOptions)) return source;
  return { ...source, intercept: (operation) => operation.run(object), ready: () => Promise.resolve() };
}

/** Whether an object lacks a method that the proxy shows: most fakes have only what the test needs. */
function lacksMethod(object: object, { shape, defer }: ShownBy): boolean {
  if (!isObject(object)) return false;
  const methods = (shape === undefined ? [] : membersOf(shape)).filter(({ kind }) => kind === "method");
  return [...methods.map(({ key }) => key), ...(Array.isArray(defer) ? (defer as PropertyKey[]) : [])].some(
    (key) => !hasFunction(object, key),
  );
}

/** What an accessor gives is known when it is called. */
function hasFunction(object: object, key: PropertyKey): boolean {
  return typeof descriptorOf(object, key)?.value === "function";
}
