/** How an object, or the nearest of its prototypes, has a member: looked at without touching what an accessor gives. */
export function descriptorOf(object: object, key: PropertyKey): PropertyDescriptor | undefined {
  for (let owner: object | null = object; owner !== null; owner = Reflect.getPrototypeOf(owner)) {
    const descriptor = Reflect.getOwnPropertyDescriptor(owner, key);
    if (descriptor !== undefined) return descriptor;
  }
  return undefined;
}
