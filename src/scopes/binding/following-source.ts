import type { Source } from "../../proxy/source.js";
import type { BindingPool, Pooling } from "../pooled/binding-pool.js";
import { selectSource } from "../selecting.js";

/** The binding that took the place of another. */
export interface Successor {
  /** The source of what it means now; one that says `UNBOUND` where it is gone too. */
  source(): Source;
  /** Its proxy, if it has one. */
  proxy(): object | undefined;
}

interface FollowingSource extends Source {
  readonly successor: Successor;
  readonly bindingPool: BindingPool | undefined;
}

/** The source of a proxy that means another binding than the one for which it was made. */
export function followingSource(name: string, successor: Successor): Source {
  const source: FollowingSource = {
    // It has opened none: they are their bindings'.
    ...selectSource({ name }, { select: () => successor.source(), sources: Array.of<Source> }),
    successor,
    get bindingPool() {
      return (successor.source() as Partial<Pooling>).bindingPool;
    },
  };
  return source;
}

/** The proxy that a proxy means in its place, by its source. */
export function successorOf(source: Source): object | undefined {
  return (source as Partial<FollowingSource>).successor?.proxy();
}
