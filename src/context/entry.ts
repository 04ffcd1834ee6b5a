import type { Ending } from "./ending-order.js";

/** What a context holds, or waits for, of one binding. */
export interface Entry extends Ending {
  /** The service, for error messages. */
  readonly service: string;
  /** Whose instance it is. */
  readonly source: object;
  /** What the context took after it, and before it; for the context. */
  above: Entry | undefined;
  below: Entry | undefined;
  /** Ends what is held: disposes of it, or gives it back. Called once, when the context ends or earlier. */
  end(): void | Promise<void>;
}

/** An acquisition of a context that has not come to its end. */
export interface Pending {
  /** The service, for error messages. */
  readonly service: string;
  /** Rejects whoever waits with `reason`; what arrives later is given back. */
  cancel(reason: unknown): void;
}

/** A call on a context's instance that has not settled; noted only for contexts with `graceMs`. */
export interface RunningCall {
  readonly service: string;
  readonly member: PropertyKey;
  /** When it began, in milliseconds since the epoch. */
  readonly since: number;
}
