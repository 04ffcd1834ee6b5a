interface Link {
  older: Link;
  newer: Link;
}

const { open } = (globalThis as never as Record<symbol, { open: Link }>)[Symbol.for("inversify-scopes/context/3")]!;

/** For tests of what waits for all contexts of the process: those that other tests have left, which never end, are put aside. */
export function withoutContextsOfOthers(): void {
  let aside: Link;

  before(() => {
    aside = { older: open.older, newer: open.newer };
    open.older = open;
    open.newer = open;
  });

  after(() => {
    open.older = aside.older;
    open.newer = aside.newer;
  });
}
