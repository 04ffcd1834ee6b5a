/**
 * What all copies of the package in the process share, in the state that the first one has made. A new number in the name keeps
 * copies apart that would not understand each other.
 *
 * @param name - as in `proxies/1`
 */
export function processWide<T>(name: string, make: () => T): T {
  const key = Symbol.for(`inversify-scopes/${name}`);
  return ((globalThis as { [key: symbol]: T | undefined })[key] ??= make());
}
