/**
 * Runs the specifications of this folder with vitest and jest, and the tests of a small application with these, mocha and node:test:
 * `npm run test:runners`, after a build. The spies of sinon and node:test are in test/proxy/spies.test.ts.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const here = import.meta.dirname;
const bin = (name, file) => join(here, "node_modules", name, file);

const runners = {
  vitest: [bin("vitest", "vitest.mjs"), "run", "--root", here, "--config", join(here, "vitest.config.mjs")],
  jest: [
    "--experimental-vm-modules",
    "--no-warnings",
    bin("jest", "bin/jest.js"),
    "--config",
    join(here, "jest.config.mjs"),
  ],
  mocha: [join(here, "../../node_modules/mocha/bin/mocha.js"), "--no-config", join(here, "orders.mocha.mjs")],
  "node:test": ["--test", "--test-reporter=tap", join(here, "orders.node.mjs")],
};

// The totals are read from what they print.
const { FORCE_COLOR: _, ...env } = { ...process.env, NO_COLOR: "1" };

for (const [name, args] of Object.entries(runners)) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: here, encoding: "utf8", env });
  const totals = (stdout + stderr).match(/^\s*(?:Tests:?\s.*|\d+ passing.*|# pass [1-9]\d*)$/m)?.[0].trim();
  const ok = status === 0 && totals !== undefined;
  console.log(`${name}: ${totals ?? "no test ran"}${ok ? "" : " - FAILED"}`);
  if (ok) continue;
  console.log(stdout + stderr);
  process.exitCode = 1;
}
