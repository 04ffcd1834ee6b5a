import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";

const modules = join(import.meta.dirname, "node_modules");

/** Their packages have no program before an install script has run: it is in the one package for this platform that npm has installed. */
function programOf(scope, ...path) {
  const [platform] = readdirSync(join(modules, scope));
  return join(modules, scope, platform, ...path);
}

const suffix = process.platform === "win32" ? ".exe" : "";
const bun = () => programOf("@oven", "bin", `bun${suffix}`);
const deno = () => programOf("@deno", `deno${suffix}`);
const CONDITION = "--conditions=inversify-scopes-modules";

const firstLine = (command) => execFileSync(command, ["--version"], { encoding: "utf8" }).split("\n", 1)[0];

/** How each runs a program: as users do, and with the tests. */
export const runtimes = {
  get bun() {
    const command = bun();
    // As large a stack as Node's: what fills JavaScriptCore's own, which is five times as large, takes its time.
    const env = { BUN_JSC_maxPerThreadStackUsage: "1000000" };
    return { name: "bun", command, version: `Bun ${firstLine(command)}`, user: [], args: [CONDITION], env };
  },
  get deno() {
    const command = deno();
    const user = ["run", "-A", "--node-modules-dir=manual"];
    return {
      name: "deno",
      command,
      version: firstLine(command).replace(/^deno (\S+).*/, "Deno $1"),
      user,
      args: [...user, "--v8-flags=--expose-gc", CONDITION],
      env: { DENO: command, DENO_NO_UPDATE_CHECK: "1" },
    };
  },
};
