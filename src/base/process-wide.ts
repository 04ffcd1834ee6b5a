/**
 * A value that all copies of the package in the process share; the first one makes it. A new number in the name keeps copies
 * apart that would not understand each other.
 *
 * @param name - as in `proxies/2`
 */
export function processWide<T>(name: string, make: () => T): T {
  return (registry<T>()[keyOf(name)] ??= make());
}

/** The value, if some copy has made it. */
export function processWideIfMade<T>(name: string): T | undefined {
  return registry<T>()[keyOf(name)];
}

function keyOf(name: string): symbol {
  return Symbol.for(`inversify-scopes/${name}`);
}

function registry<T>(): { [key: symbol]: T | undefined } {
  return globalThis;
}
