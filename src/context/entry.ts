import type { Ending } from "./ending-order.js";

/** A context's instance of one binding, or its wait for one. */
export interface Entry extends Ending {
  /** The service, for error messages. */
  readonly service: string;
  /** The source of the instance. */
  readonly source: object;
  /** The entries that the context acquired after this one, and before. Only the context writes them. */
  above: Entry | undefined;
  below: Entry | undefined;
  /** Disposes of the instance, or gives it back. Called once, at the end of the context or earlier. */
  end(): void | Promise<void>;
}

/** An acquisition that is under way in a context. */
export interface Pending {
  /** The service, for error messages. */
  readonly service: string;
  /** Rejects its promise with `reason`; an instance that arrives later is given back. */
  cancel(reason: unknown): void;
}

/** A call on a context's instance that has not settled; noted only for contexts with `graceMs`. */
export interface RunningCall {
  readonly service: string;
  readonly member: PropertyKey;
  /** When it began, in milliseconds since the epoch. */
  readonly since: number;
}
