import type { Attributes, Element, Handler, Tree } from "./tree.js";

/** What is needed of the browser's nodes. */
export interface DomNode {
  nodeValue: string | null;
  insertBefore(node: DomNode, before: DomNode | null): unknown;
  removeChild(node: DomNode): unknown;
  setAttribute(name: string, value: string): void;
  removeAttribute(name: string): void;
}

export interface DomDocument {
  createElementNS(namespace: string, tag: string): DomNode;
  createTextNode(text: string): DomNode;
}

const HTML = "http://www.w3.org/1999/xhtml";
const SVG = "http://www.w3.org/2000/svg";

/** Set when the element is made, and left to whoever uses the page after that. */
const INITIAL: ReadonlySet<string> = new Set(["open", "value"]);

/** A node of the document, and what it was made to show. */
interface Shown {
  tree: Tree;
  readonly node: DomNode;
  children: readonly Shown[];
}

/** Brings the children of a node into line with a tree, each time anew; what stays the same is not touched, nor moved. */
export class Renderer {
  readonly #document: DomDocument;
  readonly #root: DomNode;
  #shown: readonly Shown[] = [];

  constructor(document: DomDocument, root: DomNode) {
    this.#document = document;
    this.#root = root;
  }

  show(trees: readonly Tree[]): void {
    this.#shown = this.#children(this.#root, this.#shown, trees, HTML);
  }

  #children(parent: DomNode, before: readonly Shown[], trees: readonly Tree[], namespace: string): readonly Shown[] {
    const old = new Map(before.map((shown, i) => [keyOf(shown.tree, i), shown]));
    const kept = trees.map((tree, i) => {
      const key = keyOf(tree, i);
      const shown = old.get(key);
      if (shown === undefined || !isAlike(shown.tree, tree)) return undefined;
      old.delete(key);
      return shown;
    });
    for (const { node } of old.values()) parent.removeChild(node);
    // Those that are kept and not yet in their place, as they stand now.
    const left = new Set(kept.filter((shown) => shown !== undefined));
    const queue = before.filter((shown) => left.has(shown));
    return trees.map((tree, i) => {
      const shown = kept[i] ?? this.#make(tree, namespace);
      while (queue.length > 0 && !left.has(queue[0]!)) queue.shift();
      // Where the order has changed, it is moved, and loses the focus.
      if (queue[0] !== shown) parent.insertBefore(shown.node, queue[0]?.node ?? null);
      if (left.delete(shown)) this.#update(shown, tree, namespace);
      return shown;
    });
  }

  #make(tree: Tree, around: string): Shown {
    if (typeof tree === "string") return { tree, node: this.#document.createTextNode(tree), children: [] };
    const namespace = tree.tag === "svg" ? SVG : around;
    const node = this.#document.createElementNS(namespace, tree.tag);
    setAttributes(node, {}, tree.attributes);
    return { tree, node, children: this.#children(node, [], tree.children, namespace) };
  }

  #update(shown: Shown, tree: Tree, around: string): void {
    const before = shown.tree;
    if (before === tree) return;
    shown.tree = tree;
    if (typeof tree === "string") {
      shown.node.nodeValue = tree;
      return;
    }
    const namespace = tree.tag === "svg" ? SVG : around;
    setAttributes(shown.node, (before as Element).attributes, tree.attributes);
    shown.children = this.#children(shown.node, shown.children, tree.children, namespace);
  }
}

function keyOf(tree: Tree, i: number): string {
  return (typeof tree === "string" ? undefined : tree.key) ?? `#${i}`;
}

function isAlike(a: Tree, b: Tree): boolean {
  return typeof a === "string" ? typeof b === "string" : typeof b !== "string" && a.tag === b.tag;
}

function setAttributes(node: DomNode, before: Attributes, now: Attributes): void {
  for (const [name, value] of Object.entries(now)) {
    if (value === before[name] || (INITIAL.has(name) && name in before)) continue;
    if (typeof value === "function") (node as unknown as Record<string, Handler>)[name] = value;
    else if (value === undefined || value === false) node.removeAttribute(name);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  for (const name of Object.keys(before)) if (!(name in now)) node.removeAttribute(name);
}
