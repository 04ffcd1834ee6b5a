import type { Trace } from "../base/trace.js";
import { CreationContext } from "./create-context.js";
import type { CreateTraceEvent } from "./diagnostics.js";
import type { Handle } from "./slot.js";
import type { Deadline } from "./time/deadlines.js";
import type { CreationFor, Waiter } from "./wait-queue.js";

/** What a creation asks of the activity that began it. */
interface CreationHost<T> {
  /** How many creations without a waiter count for the queue. */
  covering: number;
  /** `tryAcquire` has begun it, and cannot wait for it. */
  abandon(creation: Creation<T>): void;
}

/** One creation under way. */
export class Creation<T> implements CreationFor<T> {
  /** For whom. `wait-queue.ts` */
  waiter: Waiter<T> | undefined = undefined;
  /** While it has no waiter: whether it counts for the queue. */
  covers = true;
  hedge: Deadline | undefined = undefined;
  handle!: Handle<T>;
  startedAt = 0;
  /** What is told of it, if somebody listens. */
  trace: Trace<CreateTraceEvent> | undefined = undefined;
  readonly context = new CreationContext();

  constructor(readonly host: CreationHost<T>) {}

  orphaned(): void {
    if (this.covers) this.host.covering++;
  }

  abandon(): void {
    this.host.abandon(this);
  }
}
