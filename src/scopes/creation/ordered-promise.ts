/**
 * A promise of something that several calls wait for, made so that they are served in the order in which they came, and
 * all of them before whoever comes later: the first reaction tells the rest of the world that the thing has arrived.
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
