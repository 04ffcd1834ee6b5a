import { Trace } from "../base/trace.js";
import { upwardHooks } from "../base/upward-hooks.js";
import type { Acquiring } from "./acquiring.js";
import { acquireTracing, type AcquireTraceEvent } from "./diagnostics.js";
import type { Holder } from "./holder.js";
import type { Lease } from "./lease.js";
import type { Ledger } from "./ledger.js";
import type { AcquireOptions } from "./options.js";
import type { CallSite } from "./slot.js";
import type { Trying } from "./trying.js";

/** An acquisition that listeners are told of. */
class AcquireTrace extends Trace<AcquireTraceEvent> {
  readonly #ledger: Ledger<unknown>;
  readonly #since: number;

  constructor(ledger: Ledger<unknown>) {
    const { event, service } = ledger;
    const context = upwardHooks.currentContext?.();
    super(acquireTracing, {
      ...event,
      ...(service === undefined ? undefined : { service: service.name }),
      ...(context === undefined ? undefined : { context: context.name, contextId: context.id }),
    });
    this.#ledger = ledger;
    this.#since = ledger.clock.now();
  }

  override over(): void {
    this.#waited();
    super.over();
  }

  override failed(error: unknown): void {
    this.#waited();
    super.failed(error);
  }

  #waited(): void {
    this.event.waitedMs = this.#ledger.clock.now() - this.#since;
  }
}

/** An acquisition by a promise. */
export function traceAcquire<T>(
  ledger: Ledger<unknown>,
  acquiring: Acquiring<T>,
  options: AcquireOptions | undefined,
  site: CallSite | undefined,
): Promise<Lease<T>> {
  const trace = new AcquireTrace(ledger);
  const acquisition = trace.begin(() => acquiring.acquire(options, site));
  return acquisition.then(
    (lease) => {
      trace.over();
      return lease;
    },
    (error: unknown) => {
      trace.failed(error);
      throw error;
    },
  );
}

/** The same by calls. */
export function traceAcquireFor<T>(
  ledger: Ledger<unknown>,
  acquiring: Acquiring<T>,
  holder: Holder,
  site: CallSite | undefined,
  resolve: (lease: Lease<T>) => void,
  fail: (error: unknown) => void,
): void {
  const trace = new AcquireTrace(ledger);
  const served = (lease: Lease<T>): void => {
    trace.over();
    resolve(lease);
  };
  const refused = (error: unknown): void => {
    trace.failed(error);
    fail(error);
  };
  trace.begin(() => acquiring.acquireFor(holder, site, served, refused));
}

/** One that does not wait. It is told of when it is over: one that gives nothing is none, and mostly the wait for it follows. */
export function traceTry<T>(
  ledger: Ledger<unknown>,
  trying: Trying<T>,
  holder: Holder | undefined,
  site: CallSite | undefined,
): Lease<T> | undefined {
  const trace = new AcquireTrace(ledger);
  let lease: Lease<T> | undefined;
  try {
    lease = trying.tryAcquire(holder, site);
  } catch (error) {
    trace.begin(nothing);
    trace.failed(error);
    throw error;
  }
  if (lease !== undefined) {
    trace.begin(nothing);
    trace.over();
  }
  return lease;
}

function nothing(): void {}
