#!/usr/bin/env bash
# inversify 8.2.3: a singleton that fails asynchronously, in its factory or in an activation handler, is kept as it failed: every later getAsync rejects with the
# first error, and the factory is never called again. So a database that is not there at the first request is not there until the process
# starts anew. One that throws synchronously is made again at the next get; inversify 6.2.2 made both again.
# Seen on Node 20.20.2. Let the factory try again by itself, or take the promise out of the singleton.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund inversify@8.2.3 inversify6@npm:inversify@6.2.2 reflect-metadata@0.2.2
cat >program.mjs <<'PROGRAM'
import "reflect-metadata";

process.on("unhandledRejection", () => {}); // 6 has one for each that fails
for (const version of ["inversify", "inversify6"]) {
  const { Container } = await import(version);
  const failing = (how) => {
    let calls = 0;
    return how((value) => {
      if (++calls === 1) throw new Error("refused");
      return value;
    });
  };
  const bindings = {
    "throws": (bind) => bind.toDynamicValue(failing((once) => () => once("made"))).inSingletonScope(),
    "rejects": (bind) => bind.toDynamicValue(failing((once) => async () => once("made"))).inSingletonScope(),
    "activation rejects": (bind) =>
      bind
        .toDynamicValue(() => "made")
        .inSingletonScope()
        .onActivation(failing((once) => async (_context, value) => once(value))),
  };
  for (const [name, binding] of Object.entries(bindings)) {
    const container = new Container();
    binding(container.bind("database"));
    const seen = [];
    for (let request = 0; request < 3; request++)
      seen.push(await container.getAsync("database").catch((error) => error.message));
    console.log(`${version}, ${name}: ${seen.join(", ")}`);
  }
}
PROGRAM
expected='inversify, throws: refused, made, made
inversify, rejects: refused, refused, refused
inversify, activation rejects: refused, refused, refused
inversify6, throws: refused, made, made
inversify6, rejects: refused, made, made
inversify6, activation rejects: refused, made, made'
seen=$(node program.mjs)
echo "$seen"
[ "$seen" = "$expected" ] || { echo "It has changed. Expected: $expected"; exit 1; }
