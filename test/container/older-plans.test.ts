import { expect } from "chai";
import type { PlanBindingNode } from "../../src/container/inversify-types.js";
import { dependenciesOf } from "../../src/container/plan-walk.js";

/** `npm run test:inversify` runs the whole folder with older versions; this holds what differs in sight of this one. */
describe("plans of older versions of inversify 8", () => {
  const target = { binding: { type: "Instance" } } as PlanBindingNode;

  it("an alias lists the bindings of the service that it stands for", () => {
    const alias = {
      binding: { type: "ServiceRedirection", targetServiceIdentifier: "target" },
      redirections: [target],
    } as unknown as PlanBindingNode;
    expect(dependenciesOf(alias)).to.eql([{ serviceIdentifier: "target", bindings: [target] }]);
  });

  it("a constructor parameter without injection has no node", () => {
    const instance = { ...target, constructorParams: [undefined] };
    expect(dependenciesOf(instance)).to.eql([]);
  });
});
