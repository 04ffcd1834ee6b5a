/** The name that was probably meant: one that is near, else the first that begins with it (`max`); `undefined` if there is none. */
export function suggest(given: string, names: readonly string[]): string | undefined {
  const plain = (name: string): string => name.replaceAll(/[^a-z]/gi, "").toLowerCase();
  const wanted = plain(given);
  let best: string | undefined;
  // A third of the letters may be wrong, and a missing unit at the end is free.
  let least = Math.max(2, Math.floor(wanted.length / 3)) + 1;
  for (const name of names) {
    const candidate = plain(name);
    const far = Math.min(distance(wanted, candidate), distance(`${wanted}ms`, candidate));
    if (far < least) {
      least = far;
      best = name;
    }
  }
  return best ?? (wanted.length < 3 ? undefined : names.find((name) => plain(name).startsWith(wanted)));
}

/** How many letters must be changed, added or left out to get from one word to the other. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const changed = (row[j] as number) + (a[i] === b[j] ? 0 : 1);
      next.push(Math.min(changed, (row[j + 1] as number) + 1, (next[j] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
