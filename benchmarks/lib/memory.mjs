/** Bytes on the heap. Needs `--expose-gc`. */
const COUNT = 5000;

/** Bytes for one of many that are made and kept. */
export async function bytesOf(make, end) {
  const kept = Array.from({ length: COUNT }).fill(undefined);
  const before = await settledHeap();
  for (let i = 0; i < COUNT; i++) kept[i] = make(i);
  const bytes = ((await settledHeap()) - before) / COUNT;
  await end(kept);
  return bytes;
}

/** @returns bytes in use, after all garbage was collected */
export async function settledHeap() {
  await new Promise((resolve) => setImmediate(resolve));
  for (let i = 0; i < 3; i++) globalThis.gc();
  return process.memoryUsage().heapUsed;
}
