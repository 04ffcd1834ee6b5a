/**
 * What the page shows, as plain data: a view makes it, `render.ts` brings the document into line with it. Texts and attributes are
 * set as such, so nothing in them can be taken for markup.
 *
 * @module
 */

/** Called by the browser, with the event. */
export type Handler = (event: { readonly target: unknown }) => void;

/** Names that begin with `on` are handlers. An attribute that is `false` or `undefined` is not there, one that is `true` is empty. */
export type Attributes = Readonly<Record<string, string | number | boolean | undefined | Handler>>;

export interface Element {
  readonly tag: string;
  readonly attributes: Attributes;
  readonly children: readonly Tree[];
  /** Tells it from its siblings, where some come and go. */
  readonly key: string | undefined;
}

export type Tree = Element | string;

/** What may be given as a child: lists are flattened, what is `undefined` is left out. */
export type Child = Tree | undefined | readonly Child[];

/** @param attributes - `key` becomes the element's */
export function h(tag: string, attributes: Attributes & { readonly key?: string }, ...children: Child[]): Element {
  const { key, ...rest } = attributes;
  return { tag, attributes: rest, children: flat(children), key };
}

function flat(children: readonly Child[]): Tree[] {
  return children.flatMap((child) => {
    if (child === undefined) return [];
    return Array.isArray(child) ? flat(child as readonly Child[]) : [child as Tree];
  });
}
