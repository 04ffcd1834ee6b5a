import { MessageChannel } from "node:worker_threads";

/** Keeps the event loop from turning, as long work or a debugger does. */
export function stall(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

/** An answer that arrives while the event loop does not turn, so that only its next turn brings it: however busy the machine is. */
export function answer(): { readonly promise: Promise<void>; arrive(): void } {
  const { port1, port2 } = new MessageChannel();
  const promise = new Promise<void>((resolve) => {
    port2.once("message", () => {
      port2.close();
      resolve();
    });
  });
  return { promise, arrive: () => port1.postMessage("answer") };
}

/** One that has arrived already. */
export function arrived(): Promise<void> {
  const { promise, arrive } = answer();
  arrive();
  return promise;
}

/** Lets promise reactions run, but not the event loop turn. */
export async function reactions(): Promise<void> {
  for (let i = 0; i < 50; i++) await undefined;
}
