import type { Trace } from "../base/trace.js";
import {
  acquireChannel,
  type AcquireEvent,
  createChannel,
  type CreateEvent,
  type CreateTraceEvent,
  releaseChannel,
  type ReleaseEvent,
} from "./diagnostics.js";
import type { Ledger } from "./ledger.js";
import type { Slot } from "./slot.js";

/** A lease has begun, while somebody listens to leases: from now on its time counts exactly. */
export function tellAcquired<T>(ledger: Ledger<T>, slot: Slot<T>, waitedMs: number): void {
  const { coarseClock } = ledger;
  if (coarseClock.slackMs > 0) coarseClock.stampExactly(slot);
  if (!acquireChannel.hasSubscribers) return;
  // Each by itself: to spread an object takes Node 20 two microseconds.
  const { pool, source } = ledger.event;
  acquireChannel.publish({ pool, source, instance: slot.n, waitedMs } satisfies AcquireEvent);
}

/** The event of a lease that ends, to be made while it is known how long the lease lasted; nothing without a listener. */
export function releaseEvent<T>(
  { clock, event }: Ledger<T>,
  { n, since }: Slot<T>,
  end: ReleaseEvent["end"],
): ReleaseEvent | undefined {
  if (!releaseChannel.hasSubscribers) return undefined;
  const { pool, source } = event;
  return { pool, source, instance: n, heldMs: Math.max(0, clock.now() - since), end };
}

/** A holder ends its lease. Listeners cannot end it before: the right to it is out of every hand. */
export function tellReleased<T>(ledger: Ledger<T>, slot: Slot<T>, end: ReleaseEvent["end"]): void {
  const event = releaseEvent(ledger, slot, end);
  if (event !== undefined) releaseChannel.publish(event);
}

/** A creation has ended. @param failure - there if nothing was made */
export function tellCreated<T>(
  { event }: Ledger<T>,
  trace: Trace<CreateTraceEvent> | undefined,
  made: Omit<CreateEvent, "pool" | "source" | "error">,
  failure?: { readonly error: unknown },
): void {
  if (createChannel.hasSubscribers) createChannel.publish({ ...event, ...made, ...failure } satisfies CreateEvent);
  if (trace === undefined) return;
  trace.event.durationMs = made.durationMs;
  if (failure === undefined) trace.over();
  else trace.failed(failure.error);
}
