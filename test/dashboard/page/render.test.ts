import { expect } from "chai";
import { Renderer } from "../../../src/dashboard/page/render.js";
import { h, type Tree } from "../../../src/dashboard/page/tree.js";
import { FakeDocument, FakeNode } from "../../support/dom.js";
import fc from "fast-check";

describe("dashboard: the document follows the tree", () => {
  const rig = (): { root: FakeNode; show: (...trees: Tree[]) => string } => {
    const root = new FakeNode("main");
    const renderer = new Renderer(new FakeDocument(), root);
    return {
      root,
      show: (...trees) => {
        renderer.show(trees);
        return root.children.map(({ markup }) => markup).join("");
      },
    };
  };

  it("texts, attributes and children are set and changed, the nodes stay", () => {
    const { root, show } = rig();
    expect(show(h("p", { class: "a", hidden: true, title: "t" }, "one ", h("b", {}, "two")))).to.equal(
      '<p class="a" hidden="" title="t">one <b>two</b></p>',
    );
    const [before] = root.children;
    expect(
      show(h("p", { class: "b", hidden: false, lang: undefined, tabindex: 0 }, "three ", h("b", {}, "four"))),
    ).to.equal('<p class="b" tabindex="0">three <b>four</b></p>');
    expect(root.children[0]).to.equal(before);
  });

  it("what has another tag, or was a text, is another node", () => {
    const { show } = rig();
    show(h("p", {}), "text", h("i", {}));
    expect(show("text", h("p", {}), h("b", {}))).to.equal("text<p></p><b></b>");
  });

  it("what stays the same is not touched, and what is there is not moved when others come and go before it", () => {
    const { root, show } = rig();
    const same = h("li", { key: "b" }, "b");
    show(h("li", { key: "a" }, "a"), same, h("li", { key: "c" }, "c"));
    root.moves = 0;
    const [, b] = root.children;
    b!.moves = 0;
    expect(show(h("li", { key: "new" }, "new"), same, h("li", { key: "d" }, "d"))).to.equal(
      "<li>new</li><li>b</li><li>d</li>",
    );
    expect(root.children[1]).to.equal(b);
    expect([root.moves, b!.moves]).to.eql([4, 0]); // two out, two in
  });

  it("in any order of keys the document is right, and each node keeps its key", () => {
    const keys = fc.uniqueArray(fc.integer({ min: 0, max: 9 }));
    fc.assert(
      fc.property(fc.array(keys, { minLength: 2, maxLength: 5 }), (orders) => {
        const { root, show } = rig();
        const nodes = new Map<number, FakeNode>();
        for (const order of orders) {
          const shown = show(...order.map((key) => h("li", { key: `${key}` }, `${key}`)));
          expect(shown).to.equal(order.map((key) => `<li>${key}</li>`).join(""));
          for (const [i, key] of order.entries()) {
            if (nodes.has(key)) expect(root.children[i]).to.equal(nodes.get(key));
          }
          nodes.clear();
          for (const [i, key] of order.entries()) nodes.set(key, root.children[i]!);
        }
      }),
    );
  });

  it("what is in an svg is of its namespace, and what comes after it is not", () => {
    const { root, show } = rig();
    for (const text of ["x", "y"]) show(h("p", {}, h("svg", {}, h("g", {}, h("title", {}, text))), h("b", {}, text)));
    const spaces = root
      .all(({ tag }) => tag !== "#text")
      .map(({ tag, namespace }) => [tag, namespace.split("/").at(-1)]);
    expect(spaces).to.eql([
      ["p", "xhtml"],
      ["svg", "svg"],
      ["g", "svg"],
      ["title", "svg"],
      ["b", "xhtml"],
    ]);
  });

  it("whether details are open, and what was typed, is left to who uses the page", () => {
    const { root, show } = rig();
    show(h("details", { open: true }), h("input", { value: "a" }));
    root.children[0]!.removeAttribute("open"); // closed by a click
    expect(show(h("details", { open: true }), h("input", { value: "b" }))).to.equal(
      '<details></details><input value="a"></input>',
    );
  });

  it("handlers are those of the latest tree", () => {
    const { root, show } = rig();
    const calls: string[] = [];
    show(h("button", { onclick: () => calls.push("first") }));
    show(h("button", { onclick: () => calls.push("second") }));
    root.children[0]!.fire("onclick");
    expect(calls).to.eql(["second"]);
  });

  it("markup in a text is a text", () => {
    const { root, show } = rig();
    show("</script><b>");
    expect(root.children).to.have.length(1);
    expect(root.children[0]!.nodeValue).to.equal("</script><b>");
  });
});
