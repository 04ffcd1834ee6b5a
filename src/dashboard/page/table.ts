import { type Child, h } from "./tree.js";

/** A table with heads for its columns, that can be scrolled where it is too wide, also by keyboard. */
export function table(
  caption: string,
  heads: readonly string[],
  rows: readonly { key: string; cells: Child[] }[],
): Child {
  return h(
    "div",
    { class: "scrolled", role: "region", "aria-label": caption, tabindex: 0 },
    h(
      "table",
      {},
      h("caption", {}, caption),
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          heads.map((head) => h("th", { scope: "col" }, head)),
        ),
      ),
      h(
        "tbody",
        {},
        rows.map(({ key, cells: [first, ...cells] }) =>
          h(
            "tr",
            { key },
            h("th", { scope: "row" }, first),
            cells.map((cell) => h("td", {}, cell)),
          ),
        ),
      ),
    ),
  );
}

/** A name that others have given: it keeps to itself, whatever its direction of writing. */
export function name(text: string): Child {
  return h("bdi", {}, text);
}

/** What is long and seldom wanted, such as a stack. */
export function folded(summary: string, text: string | undefined): Child {
  if (text === undefined) return undefined;
  return h("details", { class: "folded" }, h("summary", {}, summary), h("pre", {}, text));
}

/** Facts of an instance, on a line. */
export function factsOf(facts: unknown): Child {
  return facts === undefined ? undefined : h("code", {}, JSON.stringify(facts));
}
