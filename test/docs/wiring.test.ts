import { readFileSync } from "node:fs";

import { expect } from "chai";
import { diagram, verify } from "inversify-scopes";

import { buildContainer } from "../../examples/service/container.js";

describe("docs/wiring.md", () => {
  const container = buildContainer("postgres://nowhere/nothing");

  it("shows the diagram of the example service as it is", () => {
    const page = readFileSync(new URL("../../../docs/wiring.md", import.meta.url), "utf8");
    expect(page).to.include(`\`\`\`mermaid\n${diagram(container).trimEnd()}\n\`\`\``);
  });

  it("the example service has nothing to find", () => {
    verify(container);
  });
});
