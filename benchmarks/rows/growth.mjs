/** What a context costs while more and more services are bound in the process. */
import { ask, start } from "../lib/children.mjs";
import { shuffled } from "../lib/measure.mjs";

const COUNTS = [1, 100, 1000, 10_000];
const nameOf = (count) => `${count.toLocaleString("en")} bound`;

/** Rounds of all processes in turn, each round in a new random order. */
async function compare(rounds, warmUps, question) {
  const children = await Promise.all(
    COUNTS.map(async (count) => ({ count, child: await start("among.mjs", String(count)) })),
  );
  const times = Object.fromEntries(COUNTS.map((count) => [nameOf(count), []]));
  for (let round = -warmUps; round < rounds; round++) {
    for (const { count, child } of shuffled(children)) {
      const figure = await ask(child, question);
      if (round >= 0) times[nameOf(count)].push(figure);
    }
  }
  for (const { child } of children) child.disconnect();
  return times;
}

const ratio = (round) => round[nameOf(10_000)] / round[nameOf(1)];

export const rows = [
  {
    id: "growth-time",
    what: "a context that touches one service, 10,000 bound in the process against one",
    max: 1.1,
    ratio,
    measure: ({ rounds }) => compare(rounds, 20, ["time", 4000]),
  },
  {
    id: "growth-bytes",
    what: "bytes for an open one, 10,000 bound against one",
    max: 1.1,
    unit: "B",
    ratio,
    measure: ({ rounds }) => compare(Math.ceil(rounds / 5), 2, ["bytes"]),
  },
];
