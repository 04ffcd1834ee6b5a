import type { Callable } from "./members.js";

/** A function that has been put in the place of another one on an instance. */
interface Replacement {
  /** The how manyth it is of all that were put through the proxy, from 1. */
  readonly generation: number;
  readonly before: unknown;
  readonly wasOwn: boolean;
  /** What the proxy shows in its place. */
  readonly standIn: Callable;
}

interface StandIn {
  readonly generation: number;
  readonly value: Callable;
}

/**
 * Functions that somebody has put in the place of an instance's own, through its proxy: spies and wrappers. What they keep to
 * call it, or to put it back, is the proxy's stand-in, which in the place of the function that it stands for would come back to
 * them for ever. So a stand-in means what stood on the instance when it was read: one of generation 0, which was read before
 * all replacements, the function before the first. Each replacement has a stand-in of its own, which is read from then on.
 */
export class ReplacedFunctions {
  readonly #call: CallAsOf;
  #count = 0;
  readonly #newest = new Map<PropertyKey, Callable>();
  readonly #standIns = new WeakMap<Callable, StandIn>();
  /** Of each member, how many have not been taken back. */
  readonly #inPlace = new Map<PropertyKey, number>();
  readonly #byInstance = new WeakMap<object, Map<PropertyKey, Replacement[]>>();

  constructor(call: CallAsOf) {
    this.#call = call;
  }

  /** The stand-in to be read, if the function has been replaced on this instance, or on any where there is none right now. */
  newest(instance: object | undefined, member: PropertyKey): Callable | undefined {
    return instance === undefined ? this.#newest.get(member) : this.#of(instance, member).at(-1)?.standIn;
  }

  /** What a member of an instance is to a stand-in of that generation. */
  asOf(instance: object, member: PropertyKey, generation: number): unknown {
    const next = this.#of(instance, member).find((replacement) => replacement.generation > generation);
    return next === undefined ? (instance as Record<PropertyKey, unknown>)[member] : next.before;
  }

  /** A function is put on an instance; where it is a stand-in, the function that it stands for. */
  put(instance: object, member: PropertyKey, value: Callable, put: (value: Callable) => boolean): boolean {
    const standIn = this.#standIns.get(value);
    if (standIn === undefined) return this.#replace(instance, member, value, put);
    const { generation } = standIn;
    const isKnown = this.#of(instance, member).some((replacement) => replacement.generation === generation);
    // It may have been read from another instance, or from another member.
    if (!isKnown) return this.#replace(instance, member, standIn.value, put);
    this.putBack(instance, member, generation);
    return true;
  }

  /** What stood there in a generation stands there again. */
  putBack(instance: object, member: PropertyKey, generation: number): void {
    const replacements = this.#of(instance, member);
    const first = replacements.findIndex((replacement) => replacement.generation > generation);
    if (first < 0) return;
    const { before, wasOwn } = replacements[first]!;
    if (!wasOwn && Object.hasOwn(instance, member)) Reflect.deleteProperty(instance, member);
    else (instance as Record<PropertyKey, unknown>)[member] = before;
    const left = this.#inPlace.get(member)! - replacements.splice(first).length;
    this.#inPlace.set(member, left);
    if (left === 0) this.#newest.delete(member);
  }

  #replace(instance: object, member: PropertyKey, value: Callable, put: (value: Callable) => boolean): boolean {
    const before = (instance as Record<PropertyKey, unknown>)[member];
    const wasOwn = Object.hasOwn(instance, member);
    if (!put(value)) return false;
    const generation = ++this.#count;
    // A spy is asked what it has seen, and to take itself off: all but calls is its own.
    const standIn = new Proxy(value, { apply: (_, _this, args: unknown[]) => this.#call(member, args, generation) });
    this.#standIns.set(standIn, { generation, value });
    this.#newest.set(member, standIn);
    this.#inPlace.set(member, (this.#inPlace.get(member) ?? 0) + 1);
    const members = this.#byInstance.get(instance) ?? new Map<PropertyKey, Replacement[]>();
    this.#byInstance.set(instance, members);
    members.set(member, [...(members.get(member) ?? []), { generation, before, wasOwn, standIn }]);
    return true;
  }

  #of(instance: object, member: PropertyKey): Replacement[] {
    return this.#byInstance.get(instance)?.get(member) ?? [];
  }
}

type CallAsOf = (member: PropertyKey, args: readonly unknown[], generation: number) => unknown;
