/** Measures one row in this process, alone: `node measure-row.mjs <row> [quick]`. Prints the figures as JSON. */
import { compare, EFFORT } from "./lib/measure.mjs";
import { findRow } from "./lib/rows.mjs";

const [id, effortName = "full"] = process.argv.slice(2);
const row = await findRow(id);
const effort = EFFORT[effortName];
try {
  const times = row.measure === undefined ? await compare(await row.cases(), effort) : await row.measure(effort);
  process.send({ times });
} catch (error) {
  process.send({ error: String(error?.stack ?? error) });
}
process.disconnect();
// Peers leave timers and sockets behind.
process.exit();
