let count = 0;

/**
 * The next place in the order in which `needs` acquires: the same for all contexts, so that no two of them acquire the other way
 * round.
 */
export function nextOrder(): number {
  return ++count;
}
