import { type AnyContainer, expectScopes } from "../container-scopes.js";
import { compare, drawingOrder } from "./drawing-order.js";
import { type GraphNode, readGraph } from "./graph.js";

/** The shape of each scope of ours; everything else is a plain box. */
const SHAPES: Readonly<Record<string, readonly [string, string]>> = {
  shared: ["([", "])"],
  "per-async-context": ["{{", "}}"],
  pooled: ["[[", "]]"],
  "context-value": ["[/", "/]"],
};

/**
 * Draws a container's bindings, with their scopes and what inversify plans to inject into each, as a Mermaid flowchart.
 *
 * Dotted arrows are lazy proxies, solid arrows real instances; `makes` leads from a provider class to what its methods make. The text
 * does not depend on the order in which the bindings were made, so that a repository can keep it and a test can compare it. Nothing
 * is resolved, so that the diagram does not show what a dynamic value asks for when it runs.
 *
 * @param container - one with the plugin; its own bindings are drawn, and those of its parents that are injected
 * @throws ScopeError `INVALID_OPTION` for a container without the plugin
 *
 * @example
 * ```ts
 * writeFileSync("docs/wiring.mmd", diagram(container));
 * ```
 */
export function diagram(container: AnyContainer): string {
  const nodes = drawingOrder(readGraph(expectScopes("diagram", container)), labelOf);
  const ids = new Map(nodes.map((node, i) => [node, `n${i}`]));
  const boxes = nodes.map((node) => {
    const [open, close] = SHAPES[node.scope] ?? ["[", "]"];
    return `  ${ids.get(node)}${open}"${labelOf(node)}"${close}`;
  });
  const arrows = nodes.flatMap((node) => arrowsOf(node, ids));
  return `${["flowchart LR", ...boxes, ...arrows].join("\n")}\n`;
}

function arrowsOf(node: GraphNode, ids: ReadonlyMap<GraphNode, string>): string[] {
  const id = ids.get(node);
  const injected = [...node.dependencies].map((dependency) => {
    const arrow = dependency.scoped === undefined ? "-->" : "-.->";
    return `  ${id} ${arrow} ${ids.get(dependency)}`;
  });
  const makers = [...node.touched].map((provider) => `  ${ids.get(provider)} -- makes --> ${id}`);
  return [...injected, ...makers].toSorted(compare);
}

function labelOf({ name, scope }: GraphNode): string {
  return `${safe(name)}<br/>${safe(scope)}`;
}

/** Writes what Mermaid or HTML could take for its own as character codes, in Mermaid's way. */
function safe(text: string): string {
  return text.replaceAll(/[^\p{L}\p{N} _.,:=/()@-]/gu, (character) => `#${character.codePointAt(0)};`);
}
