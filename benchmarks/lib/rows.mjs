/** All that is measured, in the order of the table. */
const FILES = [
  "calls",
  "contexts",
  "pools",
  "container",
  "start",
  "transactions",
  "memory",
  "growth",
  "postgres",
  "http",
  "peers",
];

/** @returns the rows, as the files in `rows/` define them */
export async function allRows() {
  const modules = await Promise.all(FILES.map((file) => import(`../rows/${file}.mjs`)));
  return modules.flatMap(({ rows }) => rows);
}

export async function findRow(id) {
  return (await allRows()).find((row) => row.id === id);
}
