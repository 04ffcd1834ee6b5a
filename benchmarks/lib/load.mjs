/** A process that sends requests: its parent says `{ url, requests }`, and is told how many were answered, and the seconds from the first answer to the last. */
import autocannon from "autocannon";

process.on("message", async ({ url, requests: amount }) => {
  const run = autocannon({
    url,
    amount,
    connections: 32,
    // It looks so often, in milliseconds, whether all were answered.
    sampleInt: 5,
    headers: { "x-user": "ann" },
  });
  // Its own time ends when it looks, which is a tenth more or less here.
  let first;
  let last;
  run.on("response", () => {
    last = performance.now();
    first ??= last;
  });
  const { errors, non2xx, requests } = await run;
  process.send({ answered: requests.total - errors - non2xx, seconds: (last - first) / 1000 });
});

process.on("disconnect", () => process.exit());
process.send("ready");
