let count = 0;

/** Counts what is bound: the order in which `needs` takes pools, so that nobody takes two of them the other way round. */
export function nextOrder(): number {
  return ++count;
}
