import type { Source } from "../../proxy/source.js";
import type { BindingPool, Pooling } from "../pooled/binding-pool.js";
import { selectSource } from "../selecting.js";

/** The binding that took the place of another. */
export interface Successor {
  /** Its current source; a source that says `UNBOUND` if it is gone, too. */
  source(): Source;
  /** Its proxy, if it has one. */
  proxy(): object | undefined;
}

interface FollowingSource extends Source {
  readonly successor: Successor;
  readonly bindingPool: BindingPool | undefined;
}

/** The source of a proxy whose own binding another one has replaced. */
export function followingSource(name: string, successor: Successor): Source {
  const source: FollowingSource = {
    // It has opened no sources: they belong to the other binding.
    ...selectSource({ name }, { select: () => successor.source(), sources: Array.of<Source> }),
    successor,
    get bindingPool() {
      return (successor.source() as Partial<Pooling>).bindingPool;
    },
  };
  return source;
}

/** The proxy of the binding that replaced a source's own, if there is one. */
export function successorOf(source: Source): object | undefined {
  return (source as Partial<FollowingSource>).successor?.proxy();
}
