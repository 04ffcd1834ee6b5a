import type { Source } from "../proxy/source.js";
import { refusingSource } from "./refusing-source.js";
import { unbound } from "./touch-errors.js";

const closed = new WeakSet<Source>();

/** What stands behind a proxy whose binding is gone: nothing but the error that says so. */
export function closedSource(service: string): Source {
  const source = refusingSource((member) => unbound(service, member));
  closed.add(source);
  return source;
}
closedSource.has = (source: Source): boolean => closed.has(source);
