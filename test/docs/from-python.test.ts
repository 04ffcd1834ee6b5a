import { readFileSync } from "node:fs";

import { expect } from "chai";
import { Pool } from "inversify-scopes/pool";

describe("docs/from-python.md", () => {
  const page = readFileSync(new URL("../../../docs/from-python.md", import.meta.url), "utf8");
  const [table = ""] = page.slice(page.indexOf("### Statistics")).split("\n## ");
  const rows = [...table.matchAll(/^\| (.*?) \| (.*?) \|/gm)].slice(2).map(([, theirs, ours]) => ({
    theirs: theirs!,
    ours: [...ours!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!),
  }));

  it("every statistic of the Python module has a row", () => {
    const all = rows.map(({ theirs }) => theirs).join("\n");
    for (const name of [
      ...["id", "started", "now", "shutdown", "max_size", "min_size", "max_use", "timeout", "delay", "health_freq"],
      ...["max_avail_delay", "max_using_delay_kill", "max_using_delay_warn", "navail", "nusing", "ntodel", "nobjs"],
      ...["ncreated", "ncreating", "nuses", "nkilled", "nrecycled", "nwornout", "nborrows", "nreturns", "ndestroys"],
      ...["nhealth", "bad_health", "hk_rounds", "hk_errors", "hc_rounds", "hc_errors", "last_get", "last_ret"],
    ]) {
      expect(all).to.include(`\`${name}\``);
    }
  });

  it("every figure that is named there is in stats()", () => {
    const stats = new Pool({ create: () => ({}), maxSize: 1 }).stats();
    for (const name of rows.flatMap(({ ours }) => ours)) expect(stats).to.have.nested.property(name);
  });
});
