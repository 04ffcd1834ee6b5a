import type { AsyncContext } from "./async-context.js";
import type { Entry, RunningCall } from "./entry.js";
import type { JointSignal } from "./joint-signal.js";
import type { PendingAcquisitions } from "./pending.js";

/** The calls that are running, if the end of the context waits for them. */
export class RunningCalls extends Set<RunningCall> {
  /** Called when the last of them has settled; set while the end waits. */
  onSettled: (() => void) | undefined = undefined;
}

/** What few contexts have: made when the first of it is needed, so that all others are half as large. */
export class ContextExtras {
  /** The one signal that users see, made when somebody asks. */
  joint: JointSignal | undefined = undefined;
  /** The object that users see, made when somebody asks. */
  view: AsyncContext | undefined = undefined;
  /** Made when the context first waits for something. */
  pending: PendingAcquisitions | undefined = undefined;
  openChildren = 0;
  onChildrenClosed: (() => void) | undefined = undefined;
  readonly running: RunningCalls | undefined;
  /** The entries that the context has ended while it is ending, the latest first. */
  ended: Entry | undefined = undefined;
  /** The notes of deadlock detection, see `scopes/pooled/deadlock.ts`. */
  waits: unknown = undefined;

  constructor(tracksCalls: boolean) {
    this.running = tracksCalls ? new RunningCalls() : undefined;
  }

  abort(reason: unknown): void {
    this.pending?.cancel(reason);
    this.joint?.abort(reason);
  }

  /** The context has ended. */
  close(): void {
    this.ended = undefined;
    this.joint?.stop();
  }

  /** Nothing for which the end of the context would have to wait. */
  get isIdle(): boolean {
    return (
      this.openChildren === 0 &&
      (this.pending === undefined || this.pending.isEmpty) &&
      (this.running === undefined || this.running.size === 0)
    );
  }
}
