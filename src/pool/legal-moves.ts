/** For each state, a bit for each state that may follow: a move is tested without a search. */
export function bitsOf(moves: Readonly<Record<number, readonly number[]>>): readonly number[] {
  return Object.values(moves).map((states) => states.reduce((bits, state) => bits | (1 << state), 0));
}
