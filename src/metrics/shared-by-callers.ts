import type { WatchedPools } from "./watched-pools.js";

/** What tells a registry, or a meter, of all pools that callers want there: a series that two told of would be counted twice. */
export abstract class SharedByCallers {
  protected readonly watched = new Set<WatchedPools>();
  #end: (() => void) | undefined;

  /** Tells of these, too. The first caller begins it; the last to dispose of what is returned ends it. */
  add(watched: WatchedPools): Disposable {
    this.watched.add(watched);
    this.#end ??= this.begin();
    return {
      [Symbol.dispose]: () => {
        if (this.watched.delete(watched) && this.watched.size === 0) this.#end!();
      },
    };
  }

  /** @returns ends it */
  protected abstract begin(): () => void;
}
