/** The legal moves of a state machine. Any other move is a bug of ours. */
export class LegalMoves {
  /** For each state, a bit for each state that may follow: a move is tested without a search. */
  readonly #bits: readonly number[];
  readonly #what: string;
  readonly #names: readonly string[];

  /** @param what - as in `a slot` */
  constructor(what: string, moves: Readonly<Record<number, readonly number[]>>, names: readonly string[]) {
    this.#what = what;
    this.#names = names;
    this.#bits = Object.values(moves).map((states) => states.reduce((bits, state) => bits | (1 << state), 0));
  }

  assert(from: number, to: number): void {
    if (((this.#bits[from]! >> to) & 1) === 1) return;
    throw new Error(`bug: ${this.#what} goes from ${this.#names[from]} to ${this.#names[to]}`);
  }
}
