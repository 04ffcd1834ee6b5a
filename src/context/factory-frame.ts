import { NO_SLOTS } from "./slot.js";

/**
 * The store in which factories and hooks of shared and pooled instances run: outside every context. A touch of a context's
 * service from here is a captive dependency, and the frame knows the service that makes the mistake.
 */
export class FactoryFrame {
  readonly state = "outside";
  readonly slots = NO_SLOTS;
  /** A service that outlives every context takes part in no transaction. */
  declare readonly transaction: undefined;

  constructor(
    /** The service whose factory or hook runs; none in the factory of a lease that was asked for outside every context. */
    readonly service: string | undefined,
    /** The instance that is being made here, see `scopes/creation/creation-graph.ts`; none in hooks. */
    readonly construction?: { readonly isDone: boolean },
  ) {}
}
