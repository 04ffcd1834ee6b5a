import { subscribe, unsubscribe } from "node:diagnostics_channel";

import type { AcquireEvent, CreateEvent, ReleaseEvent, TimeoutEvent } from "../pool/events.js";

/** Who is told what happens in all pools of the process. Times are seconds. */
export interface PoolListener {
  created(pool: object, seconds: number): void;
  acquired(pool: object, seconds: number): void;
  released(pool: object, seconds: number): void;
  timedOut?(pool: object): void;
}

/** Tells a listener what happens. @returns stops that */
export function listenToPools(listener: PoolListener): () => void {
  const handlers: Readonly<Record<string, (event: never) => void>> = {
    create({ source, durationMs, error }: CreateEvent) {
      if (error === undefined) listener.created(source, durationMs / 1000);
    },
    acquire: ({ source, waitedMs }: AcquireEvent) => listener.acquired(source, waitedMs / 1000),
    release: ({ source, heldMs }: ReleaseEvent) => listener.released(source, heldMs / 1000),
    timeout: ({ source }: TimeoutEvent) => listener.timedOut?.(source),
  };
  const all = Object.entries(handlers).map(([name, handle]) => {
    return [`inversify-scopes:pool:${name}`, (event: unknown) => handle(event as never)] as const;
  });
  for (const [name, handle] of all) subscribe(name, handle);
  return () => {
    for (const [name, handle] of all) unsubscribe(name, handle);
  };
}
