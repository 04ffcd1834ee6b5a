import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { allRows } from "./lib/rows.mjs";
import { median, quantile } from "./lib/measure.mjs";

const args = process.argv.slice(2);
const quick = args.includes("--quick");
const only = args.filter((a) => !a.startsWith("--"));
const execPath = process.env.BENCH_NODE || process.execPath;
function measure(row) {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(new URL("measure-row.mjs", import.meta.url)), [row.id, quick ? "quick" : "full"], { execPath, execArgv: ["--expose-gc"] });
    child.once("message", resolve);
    child.once("error", reject);
    child.once("exit", (c) => resolve({ error: "exit " + c }));
  });
}
for (const row of await allRows()) {
  if (only.length && !only.some((o) => row.id.includes(o))) continue;
  const { times, error } = await measure(row);
  if (error) { console.log(row.id, error); continue; }
  const names = Object.keys(times);
  const n = times[names[0]].length;
  const ratios = Array.from({ length: n }, (_, i) => {
    const round = Object.fromEntries(names.map((k) => [k, times[k][i]]));
    return row.ratio ? row.ratio(round) : row.more ? round.ours - round["by hand"] : round.ours / round["by hand"];
  });
  const m = median(ratios);
  const t = row.max ?? row.more;
  console.log(row.id.padEnd(20), m.toFixed(2).padStart(6), `(${quantile(ratios, .25).toFixed(2)}–${quantile(ratios, .75).toFixed(2)})`, "<=", t, m <= t ? "ok " : "MISS", names.map((k) => `${k} ${median(times[k]).toFixed(1)}`).join(" | "));
}
