import { setImmediate } from "node:timers";

/** A promise that a test settles when it likes. */
export interface Gate<T = void> {
  readonly promise: Promise<T>;
  open(value: T): void;
  fail(error: unknown): void;
}

export function gate<T = void>(): Gate<T> {
  let open!: (value: T) => void;
  let fail!: (error: unknown) => void;
  const promise = new Promise<T>((resolve, reject) => {
    open = resolve;
    fail = reject;
  });
  return { promise, open, fail };
}

/** Lets everything that is already due run: promise reactions, then one turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** The same for what becomes due by that, as far as a few turns lead. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 4; i++) await turn();
}

/** Lets so many promise reactions run, one after the other. */
export async function microtasks(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await Promise.resolve();
}
