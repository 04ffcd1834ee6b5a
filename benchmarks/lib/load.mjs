/** A process that sends requests: its parent says `{ url, seconds }`, and is told how many were answered in how many seconds. */
import autocannon from "autocannon";

process.on("message", async ({ url, seconds }) => {
  const { duration, errors, non2xx, requests } = await autocannon({
    url,
    duration: seconds,
    connections: 32,
    headers: { "x-user": "ann" },
  });
  process.send({ answered: requests.total, duration, failed: errors + non2xx });
});
