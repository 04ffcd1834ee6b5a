import type { Channel } from "node:diagnostics_channel";

import { processWide } from "./process-wide.js";

/** Whether some channels have any listener. */
export interface Audience {
  /** A field, which V8 treats as a constant until it changes. A question to each channel would take longer than a fast path. */
  isThere: boolean;
}

/**
 * The methods that change the listeners. `node:diagnostics_channel` has no event for that, so we wrap these methods of our own
 * channels.
 */
const CHANGES = ["subscribe", "unsubscribe", "bindStore", "unbindStore"] as const;

const audiences = processWide("audiences/1", () => new Map<string, Audience>());

/**
 * The audience of some channels, now and in future.
 *
 * @param name - by which all copies of the package in the process share it
 */
export function audienceOf(name: string, channels: readonly Channel[]): Audience {
  const known = audiences.get(name);
  if (known !== undefined) return known;
  const audience: Audience = { isThere: false };
  const look = (): void => {
    audience.isThere = channels.some((one) => one.hasSubscribers);
  };
  for (const one of channels) watch(one, look);
  look();
  audiences.set(name, audience);
  return audience;
}

function watch(one: Channel, changed: () => void): void {
  for (const change of CHANGES) {
    Object.defineProperty(one, change, {
      configurable: true,
      writable: true,
      value: (...args: unknown[]): unknown => {
        // A channel gets another prototype when the first one subscribes, and when the last one goes.
        const own = Reflect.get(Reflect.getPrototypeOf(one)!, change) as (...args: unknown[]) => unknown;
        const result = Reflect.apply(own, one, args);
        changed();
        return result;
      },
    });
  }
}
