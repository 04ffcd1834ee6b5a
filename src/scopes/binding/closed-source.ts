import type { Source } from "../../proxy/source.js";
import type { Pooling } from "../pooled/binding-pool.js";
import { refusingSource } from "./refusing-source.js";
import { type Gone, unbound } from "../errors.js";

/**
 * The source of a proxy whose binding is gone: it has only the error that says so.
 *
 * @param before - the source before; its pool can still be asked how it ends
 */
export function closedSource(service: Gone, before?: Source): Source {
  const closed = refusingSource((member) => unbound(service, member));
  const bindingPool = (before as Partial<Pooling> | undefined)?.bindingPool;
  return bindingPool === undefined ? closed : Object.assign<Source, Pooling>(closed, { bindingPool });
}
