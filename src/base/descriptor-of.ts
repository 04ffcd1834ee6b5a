/** The descriptor of a member, from the object or the nearest prototype that has it. No accessor is called. */
export function descriptorOf(object: object, key: PropertyKey): PropertyDescriptor | undefined {
  for (let owner: object | null = object; owner !== null; owner = Reflect.getPrototypeOf(owner)) {
    const descriptor = Reflect.getOwnPropertyDescriptor(owner, key);
    if (descriptor !== undefined) return descriptor;
  }
  return undefined;
}
