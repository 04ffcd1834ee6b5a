import { NO_SLOTS } from "./slot.js";

/**
 * The place in which factories and hooks of shared and pooled instances run: outside every context, yet not nowhere. A
 * touch of a context's service from here is a captive dependency, and the frame knows the name of the culprit.
 */
export class FactoryFrame {
  readonly state = "outside";
  readonly slots = NO_SLOTS;
  /** A service that outlives every context takes part in no transaction. */
  declare readonly transaction: undefined;

  constructor(
    /** The service that is made here; none where there is no such service, and just no context. */
    readonly service: string | undefined,
    /** The instance that is being made here, see `scopes/creation/creation-graph.ts`; none in hooks. */
    readonly construction?: { readonly isDone: boolean },
  ) {}
}
