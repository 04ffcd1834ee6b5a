import { clearImmediate, setImmediate } from "node:timers";

/** The longest wait of one of Node's timers; a longer wait is made of several. */
export const LONGEST_TIMER_MS = 0x7fff_ffff;

/** How exact a timer is, in milliseconds. One that fires later than this is late: the event loop or the process stood still. */
const LATE_MS = 1;

/** Whether a timer that was due then, and fires now, is late. */
export function isLate(due: number, now: number): boolean {
  return now - due > LATE_MS;
}

/**
 * One deadline with Node's timers. It counts from this call, though Node's own timers count from the last turn of the event loop.
 * A deadline that fires late first lets the loop turn once, so that answers that have arrived count. Fake timers of tests move the deadline, but
 * a turn of the loop is a real one.
 *
 * @param ms `Infinity` for no limit
 * @param expire called once, unless the limit is lifted before
 * @param keepsAlive whether the process waits for it
 * @returns lifts the limit
 */
export function timeLimit(ms: number, expire: () => void, keepsAlive = true): () => void {
  const due = performance.now() + ms;
  let timer: NodeJS.Timeout | undefined;
  let turn: NodeJS.Immediate | undefined;
  const arm = (): void => {
    timer = setTimeout(fire, Math.min(Math.ceil(due - performance.now()), LONGEST_TIMER_MS));
    if (!keepsAlive) timer.unref();
  };
  const fire = (): void => {
    const now = performance.now();
    if (now < due) arm();
    else if (isLate(due, now)) turn = setImmediate(expire);
    else expire();
  };
  if (ms !== Infinity) arm();
  return () => {
    clearTimeout(timer);
    clearImmediate(turn);
  };
}
