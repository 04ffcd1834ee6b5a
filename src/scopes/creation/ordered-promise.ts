/**
 * A promise for several waiting calls. They are served in the order in which they came, and before any later call: the first
 * reaction makes the value known to all others.
 */
export class OrderedPromise<T> {
  readonly promise: Promise<T>;
  resolve!: (value: T) => void;
  reject!: (reason: unknown) => void;

  constructor(onArrived: (value: T) => void) {
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    this.promise.then(onArrived, () => {});
  }
}
