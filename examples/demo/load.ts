import { request as httpRequest } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

import autocannon from "autocannon";

import { ITEMS } from "../service/schema.js";

/** What the clients saw. Requests are told apart by ids that begin with their user's name: `user-7:1234`. */
export interface LoadResult {
  readonly requests: number;
  readonly p50: number;
  readonly p99: number;
  /** Answers by status. */
  readonly answers: ReadonlyMap<number, number>;
  /** Orders that were answered with 200. */
  readonly placed: ReadonlySet<string>;
  /** Requests that were answered with an error. */
  readonly failed: ReadonlySet<string>;
  /** Clients that left before the answer came. */
  readonly leftEarly: number;
}

interface Planned {
  readonly method: "GET" | "POST";
  readonly headers: Record<string, string>;
  readonly body: string;
}

let planned = 0;

/** One request in ten is for something sold out, one in forty comes without a user, one in five only reads. */
function plan(): Planned {
  const n = planned++;
  const user = `user-${n % 25}`;
  const headers: Record<string, string> = { "x-request-id": `${user}:${n}` };
  if (n % 40 !== 7) headers["x-user"] = user;
  if (n % 5 === 4) return { method: "GET", headers, body: "" };
  headers["content-type"] = "application/json";
  const item = n % 10 === 0 ? "unicorn" : (ITEMS[n % ITEMS.length] ?? ITEMS[0]);
  return { method: "POST", headers, body: JSON.stringify({ item, quantity: 1 + (n % 3) }) };
}

/** Drives the service for some seconds: `connections` clients that wait for their answers, and some that do not. */
export async function drive(
  address: string,
  { connections, seconds, onSecond }: { connections: number; seconds: number; onSecond: (answered: number) => void },
): Promise<LoadResult> {
  const answers = new Map<number, number>();
  const placed = new Set<string>();
  const failed = new Set<string>();
  let answered = 0;
  const onResponse = (status: number, body: string, _context: object, headers: Record<string, unknown> = {}): void => {
    const id = String(headers["x-request-id"]);
    answered++;
    answers.set(status, (answers.get(status) ?? 0) + 1);
    if (status >= 400) failed.add(id);
    else if (body.startsWith("{")) placed.add(id); // a list begins otherwise
  };
  const ticker = setInterval(() => onSecond(answered), 1_000);
  const stop = new AbortController();
  const leavers = Promise.all(Array.from({ length: 4 }, () => leaveEarly(address, stop.signal)));
  try {
    const result = await autocannon({
      url: `${address}/orders`,
      connections,
      duration: seconds,
      requests: [{ setupRequest: (request) => ({ ...request, ...plan() }), onResponse }],
    });
    const { p50, p99 } = result.latency;
    stop.abort();
    const leftEarly = (await leavers).reduce((sum, left) => sum + left, 0);
    return { requests: result.requests.sent, p50, p99, answers, placed, failed, leftEarly };
  } finally {
    stop.abort();
    clearInterval(ticker);
  }
}

/** One impatient client after the other, until the signal; gives back how many there were. */
async function leaveEarly(address: string, signal: AbortSignal): Promise<number> {
  let left = 0;
  while (!signal.aborted) {
    const { method, headers, body } = plan();
    const request = httpRequest(`${address}/orders`, { method, headers, agent: false });
    request.on("error", () => {});
    request.on("response", (response) => response.resume());
    request.end(body);
    await sleep(2 + Math.random() * 40);
    if (!request.destroyed) left++;
    request.destroy();
  }
  return left;
}
