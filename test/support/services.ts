import { type Scope, type ScopeName, scopedProxy, setFactory } from "inversify-scopes";

import { turn } from "./gate.js";

/** A service without a container, whose proxy has the methods of its class. */
export function serviceOf<T extends object>(
  shape: abstract new (...args: never[]) => T,
  factory: (n: number) => T | Promise<T>,
  scope: Scope | ScopeName,
  name = shape.name,
): T {
  const proxy = scopedProxy<T>(name, { shape });
  setFactory(proxy, factory, scope);
  return proxy;
}

/** Lets so many promise reactions run, one after the other. */
export async function microtasks(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await Promise.resolve();
}

/** Collects the process warnings while a function runs, and for a turn of the event loop after that. */
export async function warningsOf(fn: () => unknown): Promise<string[]> {
  const warnings: string[] = [];
  const collect = (warning: Error): void => void warnings.push(warning.message);
  process.on("warning", collect);
  try {
    await fn();
    await turn();
    await turn();
  } finally {
    process.off("warning", collect);
  }
  return warnings;
}
