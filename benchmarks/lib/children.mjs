/** Processes that a row starts, of the files beside this one. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** @returns the process, once it has told that it is ready, with what it said as `said` */
export async function start(name, ...args) {
  const child = fork(fileURLToPath(new URL(name, import.meta.url)), args);
  [child.said] = await once(child, "message");
  return child;
}

export async function ask(child, message) {
  child.send(message);
  return (await once(child, "message"))[0];
}
