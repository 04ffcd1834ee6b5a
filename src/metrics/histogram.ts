import { BOUNDS } from "./instruments.js";

/** How many values fell into each bucket. */
export class Histogram {
  /** One for each bound, and one above them all. */
  readonly counts: number[] = [...BOUNDS.map(() => 0), 0];
  sum = 0;

  observe(value: number): void {
    let bucket = 0;
    while (bucket < BOUNDS.length && value > BOUNDS[bucket]!) bucket++;
    this.counts[bucket]!++;
    this.sum += value;
  }

  add(other: Histogram): void {
    this.sum += other.sum;
    for (const [bucket, count] of other.counts.entries()) this.counts[bucket]! += count;
  }
}
