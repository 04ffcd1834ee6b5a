import type { ScopeError } from "../../base/errors.js";
import type { Source } from "../../proxy/source.js";

/** A source that has nothing and never will: every touch gets the error that says why, and looking is free. */
export function refusingSource(why: (member?: PropertyKey) => ScopeError): Source {
  const refuse = async (): Promise<never> => {
    throw why();
  };
  return {
    acquireNow(member) {
      throw why(member);
    },
    acquire: refuse,
    lease: refuse,
    unavailableError: why,
    peek: () => undefined,
    release: () => Promise.resolve(),
    close() {},
  };
}
