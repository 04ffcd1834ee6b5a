import { oneLine } from "../base/one-line.js";
import type { ContextState } from "../context/async-context.js";
import type { Context } from "../context/context.js";
import { allOpen } from "../context/open.js";

/** A context that has begun and not ended. */
export interface ContextReport {
  /** The context's id. */
  readonly id: number;
  /** The context's name, on one line. */
  readonly name: string;
  /** Where it is in its life. */
  readonly state: ContextState;
  /** The context in which it was begun, if any. */
  readonly parentId: number | null;
  /** When it began, in milliseconds since the epoch. */
  readonly startedAt: number;
  /** How long ago it began. */
  readonly ageMs: number;
  /** The services whose instances it holds, in the order in which they were taken. One may stand there twice. */
  readonly holds: readonly string[];
  /** The services for whose instances it waits. */
  readonly waitsFor: readonly string[];
}

/** The report has no more contexts than this. */
const MOST = 1_000;

export function reportContexts(at: number): {
  readonly openContexts: number;
  readonly contexts: readonly ContextReport[];
} {
  const open = [...allOpen()];
  return { openContexts: open.length, contexts: open.slice(0, MOST).map((context) => reportOf(context, at)) };
}

function reportOf({ id, name, state, parent, startedAt, holds, waitsFor }: Context, at: number): ContextReport {
  return {
    id,
    name: oneLine(name),
    state,
    parentId: parent?.id ?? null,
    startedAt,
    // The system's clock may have been put back.
    ageMs: Math.max(0, at - startedAt),
    holds: shown(holds),
    waitsFor: shown(waitsFor),
  };
}

function shown(services: readonly string[]): string[] {
  return services.map((service) => oneLine(service));
}
