/** What a context holds, or waits for, of one binding. */
export interface Entry {
  /** The service, for error messages. */
  readonly service: string;
  /** Whose instance it is. */
  readonly source: object;
  /** What the context took before it, for the context. */
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
