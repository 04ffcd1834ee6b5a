import { tracingChannel } from "node:diagnostics_channel";

const EVENTS = ["start", "end", "asyncStart", "asyncEnd", "error"] as const;

/** What was heard of one operation on a TracingChannel: its events in their order, and the object that went through them. */
export interface HeardTrace<E> {
  readonly events: string[];
  readonly told: E;
}

/** Listens to all events of a TracingChannel while a function runs. */
export async function traces<E extends object>(name: string, fn: () => unknown): Promise<HeardTrace<E>[]> {
  const heard = new Map<object, HeardTrace<E>>();
  const subscribers = Object.fromEntries(
    EVENTS.map((event) => [
      event,
      (told: object): void => {
        if (!heard.has(told)) heard.set(told, { events: [], told: told as E });
        heard.get(told)!.events.push(event);
      },
    ]),
  ) as never;
  const channels = tracingChannel(name);
  channels.subscribe(subscribers);
  try {
    await fn();
  } finally {
    channels.unsubscribe(subscribers);
  }
  return [...heard.values()];
}
