/** Keeps the event loop from turning, as long work or a debugger does. */
export function stall(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}
