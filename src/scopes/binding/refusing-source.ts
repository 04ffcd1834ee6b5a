import type { ScopeError } from "../../base/errors.js";
import type { Source } from "../../proxy/source.js";

/** A source without instances: every touch throws the error that says why, and a look is free. */
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
