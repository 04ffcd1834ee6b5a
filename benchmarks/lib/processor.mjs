/** Processor time, of this process or of one that is started for it: for what is too cold to be repeated a thousand times. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { shuffled } from "./measure.mjs";

/** @returns nanoseconds that the process was busy with a job, all its threads together */
export async function busyWith(job) {
  const before = process.cpuUsage();
  await job();
  const { user, system } = process.cpuUsage(before);
  return (user + system) * 1000;
}

/** Rounds of all ways, each round in a new random order. @param ways functions that return a figure, by name */
export async function inTurn(rounds, ways, warmUps = 2) {
  const figures = Object.fromEntries(Object.keys(ways).map((name) => [name, []]));
  for (let round = -warmUps; round < rounds; round++) {
    for (const [name, way] of shuffled(Object.entries(ways))) {
      const figure = await way();
      if (round >= 0) figures[name].push(figure);
    }
  }
  return figures;
}

const HERE = fileURLToPath(new URL(".", import.meta.url));
const REPORT = `process.on("exit", () => { const { user, system } = process.cpuUsage(); console.log((user + system) * 1000); });`;

/** @returns nanoseconds that a whole process was busy with a program, from its start to its end */
export function busyProcess(program) {
  const args = ["--input-type=module", "--eval", `${program}\n${REPORT}`];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { cwd: HERE, encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return Number(stdout);
}
