/** A process that sends requests: its parent says `{ url, amount }`, and is told when all have been answered. */
import autocannon from "autocannon";

process.on("message", async ({ url, amount }) => {
  const { errors, non2xx } = await autocannon({ url, amount, connections: 32, headers: { "x-user": "ann" } });
  process.send({ failed: errors + non2xx });
});
