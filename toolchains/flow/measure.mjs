/** Measures all rows on this Node; prints JSON. Argument: where the servers are, as JSON. */
import { readFileSync } from "node:fs";

import { measure } from "./flow.mjs";
import { rows as databases } from "./rows/databases.mjs";
import { rows as node } from "./rows/node.mjs";
import { rows as queues } from "./rows/queues.mjs";
import { rows as sockets } from "./rows/sockets.mjs";

const servers = JSON.parse(process.argv[2] ?? "{}");
const only = process.argv[3];
process.on("uncaughtException", (error) => console.error(`uncaught: ${error.stack}`));

function versionOf(library) {
  if (library === "Node") return "Node";
  if (library === "inversify-scopes") return library;
  const { name, version } = JSON.parse(readFileSync(new URL(`node_modules/${library}/package.json`, import.meta.url)));
  return `${name}@${version}`;
}

const results = [];
for (const row of [...node, ...queues, ...databases, ...sockets]) {
  const [library, place, remedy, run] = row;
  if (only !== undefined && ![library, place].join(" ").includes(only)) continue;
  if (row.server !== undefined && servers[row.server] === undefined) continue;
  results.push({ library: versionOf(library), place, remedy, ...(await measure({ run }, servers)) });
}
process.stdout.write(JSON.stringify(results), () => process.exit());
