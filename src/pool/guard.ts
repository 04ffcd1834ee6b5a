import { EventEmitter } from "node:events";
import { isProxy } from "node:util/types";

import { summarizeError } from "../base/summarize-error.js";
import type { Entry } from "./entry.js";

type Emitter = Pick<EventEmitter, "on" | "listeners">;

const guards = new WeakMap<object, Guard>();

/**
 * An `error` event without a listener ends the process. With ours it ends the instance: from the moment when `create` has
 * given it, and for ever, since what is being ended may fail once more.
 *
 * @param value what `create` gave
 * @param entry what retires when the instance breaks; nothing for one that came late, which is destroyed anyhow
 * @throws whatever the instance's own `on` throws
 */
export function guard<T>(value: T, entry?: Entry<T>): void {
  if (!isEmitter(value)) return;
  const known = guards.get(value);
  const it = known ?? new Guard(value);
  guards.set(value, it);
  it.entry = entry as Entry<unknown> | undefined;
  it.error = undefined;
  it.listen();
}

/** The instance is destroyed: what it emits from now on concerns nobody. */
export function unguard(value: unknown): void {
  const it = guards.get(value as object);
  if (it !== undefined) it.entry = undefined;
}

/** What the instance emitted that is not born yet, if anything. */
export function brokenBy(value: unknown): { readonly error: unknown } | undefined {
  return guards.get(value as object)?.error;
}

/** The listener of one emitter. */
class Guard {
  entry: Entry<unknown> | undefined = undefined;
  error: { readonly error: unknown } | undefined = undefined;
  readonly #emitter: Emitter;

  constructor(emitter: Emitter) {
    this.#emitter = emitter;
  }

  /** Puts the listeners on that are not there. */
  listen(): void {
    this.#put("error", this.#onError);
    try {
      this.#put("removeListener", this.#onRemoved);
    } catch {
      // One that knows no such event: it cannot tell us, and is guarded all the same.
    }
  }

  #put(event: string, listener: (...args: unknown[]) => void): void {
    const emitter = this.#emitter;
    if (!emitter.listeners(event).includes(listener)) emitter.on(event, listener);
  }

  readonly #onError = (error: unknown): void => {
    this.error ??= { error };
    const { entry } = this;
    entry?.core.returning.broken(entry, error);
  };

  /** A holder took all listeners off, ours among them. `removeAllListeners()` forgets at its end what is put on meanwhile. */
  readonly #onRemoved = (event: unknown, listener: unknown): void => {
    if (event !== "error" || listener !== this.#onError) return;
    // Before the next event, as sockets and streams emit theirs in a tick of their own.
    process.nextTick(() => this.#renew());
  };

  #renew(): void {
    try {
      this.listen();
    } catch (error) {
      const { entry } = this;
      if (entry === undefined) return;
      const { core, n } = entry;
      core.reporter.warn(
        "POOL_INSTANCE_BROKEN",
        `instance ${n} cannot be listened to any more: ${summarizeError(error)}`,
        {
          instance: n,
          error,
        },
      );
      core.returning.retire(entry, "broken");
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
    // By a getter, or a trap: no emitter that could be listened to.
  }
  return false;
}

/** Of an EventEmitter of another realm, or of a copy of Node's `events`. What has only copied its methods listens for itself. */
function isPrototypeOfAnother(proto: object): boolean {
  const constructor: unknown = Object.getOwnPropertyDescriptor(proto, "constructor")?.value;
  return typeof constructor === "function" && constructor.name === "EventEmitter" && constructor.prototype === proto;
}
