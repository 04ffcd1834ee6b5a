interface Replaced {
  readonly before: unknown;
  readonly wasOwn: boolean;
}

/**
 * Functions that somebody has put in the place of an instance's own, through its proxy. Who means to put the old one back has
 * only the proxy's forwarder of it, which in its own place would call itself for ever: a spy that is taken off again.
 */
export class ReplacedFunctions {
  /** Made when somebody does so: few ever do. */
  #byInstance: WeakMap<object, Map<PropertyKey, Replaced>> | undefined;

  replace(instance: Record<PropertyKey, unknown>, member: PropertyKey, value: unknown): void {
    const replaced: Replaced = { before: instance[member], wasOwn: Object.hasOwn(instance, member) };
    instance[member] = value;
    this.#byInstance ??= new WeakMap();
    const members = this.#byInstance.get(instance) ?? new Map<PropertyKey, Replaced>();
    this.#byInstance.set(instance, members);
    if (!members.has(member)) members.set(member, replaced);
  }

  /** What stood there before the first replacement stands there again. */
  putBack(instance: Record<PropertyKey, unknown>, member: PropertyKey): void {
    const members = this.#byInstance?.get(instance);
    const replaced = members?.get(member);
    if (replaced === undefined) return;
    members!.delete(member);
    if (!replaced.wasOwn && Object.hasOwn(instance, member)) delete instance[member];
    else instance[member] = replaced.before;
  }
}
