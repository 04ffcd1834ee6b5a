/**
 * How much each entry of the package adds to a bundle: `npm run sizes`, after a build. Fails if one has outgrown the table in
 * docs/toolchains.md by more than 5 %; `npm run sizes -- --write` writes the table anew.
 *
 * Measured is all that an entry exports, bundled and minified by esbuild. inversify and reflect-metadata are not counted: the program
 * has them anyway.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const ROOM = 1.05;
const root = fileURLToPath(new URL("..", import.meta.url));
const page = new URL("../docs/toolchains.md", import.meta.url);
const text = readFileSync(page, "utf8");
const TABLE = /^(\| entry \| minified \| gzip \|\n\| --- \| --: \| --: \|\n)((?:\|.*\|\n)*)/m;

const { name, exports } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
const entries = Object.keys(exports)
  .filter((path) => typeof exports[path] === "object")
  .map((path) => name + path.slice(1));

/** In bytes. */
async function sizeOf(entry) {
  const { outputFiles } = await build({
    stdin: { contents: `export * from "${entry}";`, resolveDir: root },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "node",
    target: "node20",
    external: ["inversify", "reflect-metadata"],
    write: false,
    logLevel: "error",
  });
  const [{ contents }] = outputFiles;
  return { minified: contents.length, gzip: gzipSync(contents, { level: 9 }).length };
}

const sizes = new Map();
for (const entry of entries) sizes.set(entry, await sizeOf(entry));

const kb = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;
const line = ([entry, { minified, gzip }]) => `| \`${entry}\` | ${kb(minified)} | ${kb(gzip)} |\n`;
const [, head, body] = TABLE.exec(text);

if (process.argv.includes("--write")) {
  writeFileSync(
    page,
    text.replace(TABLE, () => head + [...sizes].map(line).join("")),
  );
} else {
  const rows = body.matchAll(/^\| `(.+)` \| ([\d.]+) kB \| ([\d.]+) kB \|$/gm);
  const allowed = new Map([...rows].map(([, entry, ...said]) => [entry, said.map((number) => number * 1000 * ROOM)]));
  for (const [entry, { minified, gzip }] of sizes) {
    const [most, mostGzip] = allowed.get(entry) ?? [0, 0];
    const isTooLarge = minified > most || gzip > mostGzip;
    console.log(
      `${entry}: ${kb(minified)}, gzip ${kb(gzip)}${isTooLarge ? ` - MORE THAN ${kb(most)}, gzip ${kb(mostGzip)}` : ""}`,
    );
    if (isTooLarge) process.exitCode = 1;
  }
  if (process.exitCode === 1) {
    console.log("More than docs/toolchains.md says, by over 5 %. If it is worth that: npm run sizes -- --write");
  }
}
