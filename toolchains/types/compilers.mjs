/**
 * Runs the compilers of this folder over its programs.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

export const folder = fileURLToPath(new URL(".", import.meta.url));

/** By name; 5.4 is the least that is supported. */
export const compilers = ["5.4", "5.9", "6", "7"];

const versionOf = (name) =>
  JSON.parse(readFileSync(join(folder, "node_modules", `typescript-${name}`, "package.json"), "utf8")).version;

/** Compiles what is included, and tells what the compiler says. */
function tsc(name, config) {
  const temporary = mkdtempSync(join(tmpdir(), "types-"));
  const project = join(folder, `.tsconfig-${name}-${process.pid}.json`);
  const { compilerOptions, ...rest } = config;
  writeFileSync(
    project,
    JSON.stringify({
      extends: "./tsconfig.json",
      compilerOptions: { ...compilerOptions, rootDir: folder, outDir: temporary },
      ...rest,
    }),
  );
  try {
    const bin = join(folder, "node_modules", `typescript-${name}`, "bin", "tsc");
    const args = [bin, "-p", project, "--pretty", "false", "--extendedDiagnostics"];
    const { stdout, status } = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
    return { stdout, status };
  } finally {
    rmSync(project);
    rmSync(temporary, { recursive: true });
  }
}

/** The errors of all programs: file, line, and the first line of the message. */
export function errorsOf(name) {
  const declaration = { noEmit: false, declaration: true, emitDeclarationOnly: true };
  const { stdout } = tsc(name, { compilerOptions: declaration, include: ["programs"] });
  const errors = [...stdout.matchAll(/^(\S+)\((\d+),\d+\): error (TS\d+: .*)$/gm)];
  const elsewhere = [...stdout.matchAll(/^error TS.*$/gm)].map(([message]) => ({
    file: "tsconfig.json",
    line: 0,
    message,
  }));
  return [...errors.map(([, file, line, message]) => ({ file, line: Number(line), message })), ...elsewhere];
}

/** The errors in the package's own declarations, with the types of Node in a folder. */
export function errorsInDeclarations(typeRoots) {
  const compilerOptions = { typeRoots: [typeRoots], skipLibCheck: false, noEmit: true };
  const { stdout } = tsc("7", { compilerOptions, include: ["programs/accepted"] });
  return stdout.split("\n").filter((line) => /^\S*dist\/(?:src|decorators)\//.test(line));
}

/** How many symbols and types a program makes the compiler make: what checking it costs, whatever else the machine does. */
export function costOf(name, text) {
  const file = join(folder, "programs", `cost-${process.pid}.ts`);
  writeFileSync(file, text);
  try {
    const { stdout, status } = tsc(name, { files: [relative(folder, file)], include: [] });
    if (status !== 0) throw new Error(stdout);
    return ["Symbols", "Types", "Instantiations"]
      .map((what) => Number(new RegExp(`^${what}:\\s+(\\d+)`, "m").exec(stdout)[1]))
      .reduce((sum, count) => sum + count);
  } finally {
    rmSync(file);
  }
}

/** The programs in a folder, each with its text. */
export function programs(kind) {
  return readdirSync(join(folder, "programs", kind)).map((name) => {
    const file = `programs/${kind}/${name}`;
    return { file, text: readFileSync(join(folder, file), "utf8") };
  });
}

export { versionOf };
