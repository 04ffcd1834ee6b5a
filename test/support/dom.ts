import type { DomDocument, DomNode } from "../../src/dashboard/page/render.js";

const HTML = "http://www.w3.org/1999/xhtml";

/** A node of a document without a browser: it keeps what it was told, and counts what was done to it. */
export class FakeNode implements DomNode {
  readonly attributes = new Map<string, string>();
  readonly children: FakeNode[] = [];
  nodeValue: string | null = null;
  /** How often its children were put in or taken out. */
  moves = 0;

  constructor(
    readonly tag: string,
    readonly namespace: string = HTML,
  ) {}

  insertBefore(node: FakeNode, before: FakeNode | null): void {
    const old = this.children.indexOf(node);
    if (old >= 0) this.children.splice(old, 1);
    const at = before === null ? this.children.length : this.children.indexOf(before);
    if (at < 0) throw new Error("not a child");
    this.children.splice(at, 0, node);
    this.moves++;
  }

  removeChild(node: FakeNode): void {
    const at = this.children.indexOf(node);
    if (at < 0) throw new Error("not a child");
    this.children.splice(at, 1);
    this.moves++;
  }

  setAttribute(name: string, value: string): void {
    this.attributes.set(name, value);
  }

  removeAttribute(name: string): void {
    this.attributes.delete(name);
  }

  get text(): string {
    return this.nodeValue ?? this.children.map(({ text }) => text).join("");
  }

  /** All elements in it with such a tag, class or attribute, in the order of the document. */
  all(wanted: (node: FakeNode) => boolean): FakeNode[] {
    return this.children.flatMap((child) => [...(wanted(child) ? [child] : []), ...child.all(wanted)]);
  }

  tagged(tag: string): FakeNode[] {
    return this.all((node) => node.tag === tag);
  }

  /** As markup, for comparisons. */
  get markup(): string {
    if (this.nodeValue !== null) return this.nodeValue;
    const attributes = [...this.attributes].map(([name, value]) => ` ${name}="${value}"`);
    return `<${this.tag}${attributes.join("")}>${this.children.map(({ markup }) => markup).join("")}</${this.tag}>`;
  }

  /** What the browser does when something happens. */
  fire(name: string, target: object = {}): void {
    (this as unknown as Record<string, (event: object) => void>)[name]!({ target });
  }
}

export class FakeDocument implements DomDocument {
  createElementNS(namespace: string, tag: string): FakeNode {
    return new FakeNode(tag, namespace);
  }

  createTextNode(text: string): FakeNode {
    const node = new FakeNode("#text");
    node.nodeValue = text;
    return node;
  }
}
