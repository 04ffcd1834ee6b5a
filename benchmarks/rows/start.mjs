/** From nothing to the first call: what test suites, functions in a cloud and large applications pay. Needs `--expose-gc`. */
import { Container } from "inversify";
import { ScopedContainer } from "inversify-scopes";
import { settledHeap } from "../lib/memory.mjs";
import { busyProcess, busyWith, inTurn } from "../lib/processor.mjs";
import { keep } from "../lib/sink.mjs";
import { freshClasses, scoped, SERVICES, startIn, stock } from "../lib/start.mjs";

const rounds = ({ rounds: all }) => Math.ceil(all / 2);

/** Only the work is measured, not the making of the classes. */
async function timeOf(start) {
  const classes = freshClasses();
  return (await busyWith(() => start(classes))) / SERVICES;
}

/** Nothing is given back, so that nothing but what was bound and called is counted. */
const kept = [];

async function bytesOf(start) {
  const classes = freshClasses();
  kept.push(classes);
  const before = await settledHeap();
  let bytes;
  await start(classes, async (started) => {
    kept.push(started);
    bytes = ((await settledHeap()) - before) / SERVICES;
  });
  return bytes;
}

const bytesOfStock = () => bytesOf(async (classes, held) => held(await stock(classes)));

const startRows = Object.entries(scoped).flatMap(([name, bindIn]) => [
  {
    id: `start-${name}`,
    what: `bind, get and first call of a ${name} service, against a stock singleton`,
    max: 2,
    measure: (effort) =>
      inTurn(rounds(effort), {
        "by hand": () => timeOf(stock),
        ours: () => timeOf((classes) => startIn(bindIn, classes)),
      }),
  },
  {
    id: `bytes-${name}`,
    what: `bytes for one, bound and called`,
    max: 2,
    unit: "B",
    measure: (effort) =>
      inTurn(Math.ceil(effort.rounds / 5), {
        "by hand": bytesOfStock,
        ours: () => bytesOf((classes, held) => startIn(bindIn, classes, held)),
      }),
  },
]);

/** A container for each test, as unit tests make it, with one of its 100 services used. */
function containerPerTest() {
  const classes = freshClasses();
  const test = (make, bindIn, job) => async (n) => {
    for (let i = 0; i < n; i++) {
      const container = make();
      for (const one of classes) bindIn(container.bind(one).toSelf());
      await job(() => keep(container.get(classes[i % SERVICES]).m0(1)));
      await container.unbindAllAsync();
    }
  };
  const now = async (fn) => fn();
  return [
    {
      name: "by hand",
      run: test(
        () => new Container(),
        (syntax) => syntax.inSingletonScope(),
        now,
      ),
    },
    { name: "ours", run: test(() => new ScopedContainer(), scoped.shared, now) },
  ];
}

const INVERSIFY = `import "inversify";`;
const POOL = `import { Pool } from "inversify-scopes/pool"; new Pool({ create: () => ({}), maxSize: 1 });`;

const importOf = (byHand, ours) => (effort) =>
  inTurn(rounds(effort), { "by hand": () => busyProcess(byHand), ours: () => busyProcess(ours) }, 1);

export const rows = [
  ...startRows,
  {
    id: "start-test-container",
    what: "a container for a test: 100 shared services bound, one used, unbound, against stock",
    max: 2,
    cases: containerPerTest,
  },
  {
    id: "import",
    what: '`import "inversify-scopes"` after inversify, whole process, against inversify alone',
    max: 1.1,
    measure: importOf(INVERSIFY, `${INVERSIFY} import "inversify-scopes";`),
  },
  {
    id: "import-pool",
    what: '`import "inversify-scopes/pool"` and a pool, whole process, against an empty program',
    max: 1.15,
    measure: importOf("", POOL),
  },
];
