/** What all events of pools tell. Users see them with `P` as the pool, in `events.ts`. */
export interface PoolEvent<P = object> {
  /** The pool's label. */
  readonly pool: string;
  /** The pool itself. */
  readonly source: P;
}
