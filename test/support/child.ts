import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** What a program printed, run in a Node of its own; fails if the program does. */
export async function runProgram(code: string, ...flags: readonly string[]): Promise<string> {
  return run(code, flags, { NODE_OPTIONS: "", NODE_V8_COVERAGE: "" });
}

/** The same with the single modules, so that the coverage counts what runs there. */
export async function runModules(code: string, ...flags: readonly string[]): Promise<string> {
  return run(code, ["--conditions=inversify-scopes-modules", ...flags], { NODE_OPTIONS: "" });
}

async function run(code: string, flags: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [...flags, "--input-type=module", "--eval", `import "reflect-metadata";\n${code}`],
    { env: { ...process.env, ...env }, timeout: 60_000 },
  );
  return stdout.trim();
}
