import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** What a program printed, run in a Node of its own; fails if the program does. */
export async function runProgram(code: string, ...flags: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [...flags, "--input-type=module", "--eval", `import "reflect-metadata";\n${code}`],
    { env: { ...process.env, NODE_OPTIONS: "", NODE_V8_COVERAGE: "" }, timeout: 60_000 },
  );
  return stdout.trim();
}
