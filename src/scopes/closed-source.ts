import type { Source } from "../proxy/source.js";
import { unbound } from "./touch-errors.js";

const closed = new WeakSet<Source>();

/** What stands behind a proxy whose binding is gone: nothing but the error that says so. */
export function closedSource(service: string): Source {
  const source: Source = {
    now(member) {
      throw unbound(service, member);
    },
    later: () => Promise.reject(unbound(service)),
    why: (member) => unbound(service, member),
    peek: () => undefined,
    release: () => Promise.resolve(),
    lease: () => Promise.reject(unbound(service)),
    close() {},
  };
  closed.add(source);
  return source;
}
closedSource.has = (source: Source): boolean => closed.has(source);
