import { EventEmitter } from "node:events";
import { isProxy } from "node:util/types";

import type { Slot } from "./slot.js";

type Emitter = Pick<EventEmitter, "on" | "listeners">;

/** Who is told what becomes of an instance. */
export interface Guarding<T> {
  /** It emitted `error`. */
  broken(slot: Slot<T>, error: unknown): void;
  /** It cannot be listened to any more. */
  unheard(slot: Slot<T>, error: unknown): void;
}

const guards = new WeakMap<object, Guard>();

/**
 * An `error` event without a listener ends the process. With ours it ends the instance: from the moment when `create` has
 * given it, and for ever, since what is being ended may fail once more.
 *
 * @param value what `create` gave
 * @param slot what retires when the instance breaks; nothing for one that came late, which is destroyed anyhow
 * @returns what the instance has emitted since, if it can emit anything
 * @throws whatever the instance's own `on` throws
 */
export function guard<T>(value: T, slot?: Slot<T>, told?: Guarding<T>): Guarded | undefined {
  if (!isEmitter(value)) return undefined;
  const it = guards.get(value) ?? new Guard(value);
  guards.set(value, it);
  it.slot = slot;
  it.told = told;
  it.broken = undefined;
  it.listen();
  return it;
}

/** The instance is destroyed: what it emits from now on is ignored. */
export function unguard(value: unknown): void {
  const it = guards.get(value as object);
  if (it !== undefined) it.slot = it.told = undefined;
}

/** An instance that is listened to. */
export interface Guarded {
  /** The first error that it emitted. */
  readonly broken: { readonly error: unknown } | undefined;
}

/** The listener of one emitter. */
class Guard implements Guarded {
  slot: Slot<unknown> | undefined = undefined;
  told: Guarding<unknown> | undefined = undefined;
  broken: { readonly error: unknown } | undefined = undefined;
  readonly #emitter: Emitter;

  constructor(emitter: Emitter) {
    this.#emitter = emitter;
  }

  /** Puts on the listeners that are missing. */
  listen(): void {
    this.#put("error", this.#onError);
    try {
      this.#put("removeListener", this.#onRemoved);
    } catch {
      // This emitter knows no such event. It is guarded, but cannot tell us when our listener goes.
    }
  }

  #put(event: string, listener: (...args: unknown[]) => void): void {
    const emitter = this.#emitter;
    if (!emitter.listeners(event).includes(listener)) emitter.on(event, listener);
  }

  readonly #onError = (error: unknown): void => {
    this.broken ??= { error };
    if (this.slot !== undefined) this.told!.broken(this.slot, error);
  };

  /** A holder took all listeners off, and ours too. At its end `removeAllListeners()` forgets what is put on meanwhile. */
  readonly #onRemoved = (event: unknown, listener: unknown): void => {
    if (event !== "error" || listener !== this.#onError) return;
    // Before the next event, as sockets and streams emit theirs in a tick of their own.
    process.nextTick(() => this.#renew());
  };

  #renew(): void {
    try {
      this.listen();
    } catch (error) {
      if (this.slot !== undefined) this.told!.unheard(this.slot, error);
    }
  }
}

function isEmitter(value: unknown): value is Emitter {
  if (value instanceof EventEmitter) return true;
  // A Proxy may have a function for every name: to call it could be a call over the network.
  if (isProxy(value)) return false;
  try {
    for (let proto: unknown = value; proto !== null; proto = Object.getPrototypeOf(proto)) {
      if (isPrototypeOfAnother(proto as object)) return true;
    }
  } catch {
    // A getter or a trap threw: we could not listen to it.
  }
  return false;
}

/** The prototype of an EventEmitter of another realm, or of a copy of Node's `events`. What only copied the methods listens for itself. */
function isPrototypeOfAnother(proto: object): boolean {
  const constructor: unknown = Object.getOwnPropertyDescriptor(proto, "constructor")?.value;
  return typeof constructor === "function" && constructor.name === "EventEmitter" && constructor.prototype === proto;
}
