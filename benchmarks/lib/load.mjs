/** A process that sends requests: its parent says `{ url, requests }`, and is told how many were answered in how many seconds. */
import autocannon from "autocannon";

process.on("message", async ({ url, requests: amount }) => {
  const { errors, non2xx, requests, start, finish } = await autocannon({
    url,
    amount,
    connections: 32,
    // It looks so often, in milliseconds, whether all were answered.
    sampleInt: 5,
    headers: { "x-user": "ann" },
  });
  process.send({ answered: requests.total - errors - non2xx, seconds: (finish - start) / 1000 });
});

process.on("disconnect", () => process.exit());
process.send("ready");
