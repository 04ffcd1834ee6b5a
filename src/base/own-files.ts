import { join, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/*
 * Where this library's code is. A stack tells it, not `import.meta`: bundlers to CommonJS leave that empty, and tools that
 * compile each file to CommonJS keep it, where it is a syntax error.
 */

/** This very file, as stacks show it: compiled, or where source maps lead. */
function thisFile(): string {
  const [, frame = ""] = String(new Error("for its stack").stack).split("\n");
  const file = /^ *at (?:.*? \()?(.+):\d+:\d+\)?$/.exec(frame)?.[1] ?? "";
  return file.startsWith("file:") ? fileURLToPath(file) : file;
}

/** The package's folder; `undefined` in a program's bundle, which has all code in one file. */
function packageFolder(file: string): string | undefined {
  return /^(.*([\\/]))(?:(?:dist\2)?src\2base\2own-files\.[jt]s|dist\2bundle\2inversify-scopes-\w+\.js)$/.exec(
    file,
  )?.[1];
}

/** This copy of the package, as messages call it: its folder, or the bundle. */
export function ownPlace(): string {
  const file = thisFile();
  return packageFolder(file) ?? (file || "(unknown)");
}

function ownFolders(): readonly string[] {
  const folder = packageFolder(thisFile());
  if (folder === undefined) return [];
  const compiled = [join(folder, "dist", "src", sep), join(folder, "dist", "bundle", sep)];
  return [...compiled, ...compiled.map((path) => pathToFileURL(path).href), join(folder, "src", sep)];
}

/** The name of generated forwarders in stacks; source maps do not reach them. */
export const GENERATED = "inversify-scopes:forwarder";

/**
 * The frames of a stack that are not ours. In a program's bundle these are nearly all: nothing tells whose a frame is there,
 * unless Node was started with source maps.
 */
export function withoutOwn(frames: readonly string[]): readonly string[] {
  const own = [GENERATED, ...ownFolders()];
  const theirs = frames.filter((frame) => !own.some((place) => frame.includes(place)));
  return theirs.length === 0 ? frames : theirs;
}
