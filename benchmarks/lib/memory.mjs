/** Bytes on the heap. Needs `--expose-gc`. */
const COUNT = 5000;

/** Bytes for one of many that are made and kept. */
export async function bytesOf(make, end) {
  const kept = Array.from({ length: COUNT }).fill(undefined);
  await settle();
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < COUNT; i++) kept[i] = make(i);
  await settle();
  const bytes = (process.memoryUsage().heapUsed - before) / COUNT;
  await end(kept);
  return bytes;
}

async function settle() {
  await new Promise((resolve) => setImmediate(resolve));
  for (let i = 0; i < 3; i++) globalThis.gc();
}
