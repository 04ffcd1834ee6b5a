/**
 * A request over a real socket with a user of its own and a pooled connection whose server answers at once, by the adapters of
 * `inversify-scopes/http`, by hand, and by what teams use today. Each server is a process, and the clients are another one.
 */
import { ask, start } from "../lib/children.mjs";
import { inTurn } from "../lib/processor.mjs";

async function busy(server) {
  const { user, system } = await ask(server, "busy");
  return (user + system) * 1000;
}

/** Some 50 ms of a server. */
const REQUESTS = { fastify: 1_500, express: 400 };

/** V8 takes so many to compile what a server uses. */
const WARM_UP = 15_000;

/** So many rounds for each server. Two processes of the same program differ by a tenth and more, so there are several. */
const ROUNDS = 10;

/** @param figure what is made of one way's clients at work: see {@link FIGURES} */
async function measured(framework, names, figure, { rounds }) {
  const figures = Object.fromEntries(names.map((name) => [name, []]));
  for (let done = 0; done < Math.min(rounds, 30); done += ROUNDS) {
    const more = await byNewServers(framework, names, figure);
    for (const name of names) figures[name].push(...more[name]);
  }
  return figures;
}

async function byNewServers(framework, names, figure) {
  const requests = REQUESTS[framework];
  const clients = await start("load.mjs");
  const children = [clients];
  try {
    const ways = {};
    for (const name of names) {
      const server = await start("http-server.mjs", framework, name);
      children.push(server);
      ways[name] = () =>
        figure(server, requests, async () => {
          const { answered, seconds } = await ask(clients, { url: server.said, requests });
          if (answered < requests) throw new Error(`${requests - answered} requests failed`);
          return seconds;
        });
    }
    return await inTurn(ROUNDS, ways, Math.ceil(WARM_UP / requests));
  } finally {
    for (const child of children) child.kill();
  }
}

const FIGURES = {
  rate: async (_server, requests, work) => (requests - 1) / (await work()),
  async processor(server, requests, work) {
    const before = await busy(server);
    await work();
    return ((await busy(server)) - before) / requests;
  },
};

const OWN = ["by hand", "by hand, with the guarantees", "ours"];
const PEERS = { fastify: "@fastify/request-context", express: "nestjs-cls" };

export const rows = Object.keys(PEERS).flatMap((framework) => [
  {
    id: `http-${framework}`,
    what: `requests/s of ${framework}, a user and a pooled connection each`,
    least: 0.97,
    unit: "/s",
    measure: (effort) => measured(framework, OWN, FIGURES.rate, effort),
  },
  {
    id: `http-${framework}-processor`,
    what: `processor time of such a request of ${framework}`,
    measure: (effort) => measured(framework, OWN, FIGURES.processor, effort),
  },
  {
    id: `peer-http-${framework}`,
    job: `http-${framework}-processor`,
    peer: PEERS[framework],
    measure: (effort) => measured(framework, ["by hand", PEERS[framework]], FIGURES.processor, effort),
  },
]);
