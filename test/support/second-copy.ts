import { cp, mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type * as main from "inversify-scopes";
import type * as testing from "inversify-scopes/testing";

const entry = fileURLToPath(import.meta.resolve("inversify-scopes"));
const dist = dirname(dirname(entry));

/** The package as another package would bring it along. */
export interface SecondCopy {
  readonly folder: string;
  readonly main: typeof main;
  readonly testing: typeof testing;
  remove(): Promise<void>;
}

/** Installs and loads the package once more; it shares inversify with the first. */
export async function secondCopy(): Promise<SecondCopy> {
  const folder = await mkdtemp(join(tmpdir(), "two-copies-"));
  await mkdir(join(folder, "dist"), { recursive: true });
  for (const part of ["src", "decorators"])
    await cp(join(dist, part), join(folder, "dist", part), { recursive: true, filter: isRun });
  await cp(join(dirname(dist), "package.json"), join(folder, "package.json"));
  await symlink(join(dirname(dist), "node_modules"), join(folder, "node_modules"));
  const load = async (file: string): Promise<unknown> =>
    import(pathToFileURL(join(folder, "dist", "src", file)).href) as Promise<unknown>;
  return {
    folder,
    main: (await load("index.js")) as typeof main,
    testing: (await load("testing/index.js")) as typeof testing,
    remove: () => rm(folder, { recursive: true }),
  };
}

/** Three of four compiled files are types and maps. */
function isRun(path: string): boolean {
  return !/\.(?:d\.ts|map)$/.test(path);
}
