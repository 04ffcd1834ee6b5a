import { AsyncLocalStorage } from "node:async_hooks";

/** How far behind the clock a coarse time may be, besides the time for which the event loop is busy. */
const TICK_MS = 10;

const outside = AsyncLocalStorage.snapshot() as (fn: () => void) => void;

let at = 0;
let isTicking = false;
let readings = 0;

/**
 * Milliseconds since the epoch, for what is told to people. The clock is read when work begins and every 10 ms while
 * there is any: to read it for each context would cost as much as all the rest of a context.
 */
export function coarseNow(): number {
  readings++;
  if (!isTicking) start();
  return at;
}

function start(): void {
  at = Date.now();
  isTicking = true;
  // Outside every context, or the timer would keep the first one alive.
  outside(() => void setInterval(tick, TICK_MS).unref());
}

function tick(this: NodeJS.Timeout): void {
  if (readings === 0) {
    clearInterval(this);
    isTicking = false;
    return;
  }
  readings = 0;
  at = Date.now();
}
