/**
 * Builds and runs a program that uses the packed package with every tool chain: `npm run test:chains`, or, after that, on another
 * Node, `node24 toolchains/chains/run.mjs`.
 */
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { here, install, removeFolders } from "./support.mjs";

install();
const files = readdirSync(here).filter((file) => file.endsWith(".test.mjs"));
const mocha = join(here, "../../node_modules/mocha/bin/mocha.js");
const args = [mocha, "--no-config", "--parallel", "--jobs", "2", "--timeout", "300000", ...files];
const { status } = spawnSync(process.execPath, args, { cwd: here, stdio: "inherit" });
removeFolders();
process.exitCode = status ?? 1;
