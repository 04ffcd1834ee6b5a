/**
 * Tries the package as a user gets it: packs it, installs the tarball with its peers in an empty folder, and there
 * compiles and runs the programs that README.md and docs/ show.
 *
 * A program is the first ```ts block of README.md, and every other block that begins with ```ts program. If a
 * ```text block follows it directly, that is what it must print. A block that begins with ```ts server is started beside a PostgreSQL; the
 * lines of curl that follow it must print what the next ```text block says. Blocks that begin with ```ts file NAME are the files of one
 * service, whose main.ts is started in the same way, and whose tests are run. `KEEP=1` keeps the folder.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const own = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const frameworks = JSON.parse(readFileSync(join(root, "toolchains", "frameworks", "package.json"), "utf8"));
const folder = mkdtempSync(join(tmpdir(), "inversify-scopes-smoke-"));

function run(cwd, command, ...args) {
  const shell = process.platform === "win32";
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    encoding: "utf8",
    shell,
    timeout: 300_000,
  });
  if (status === 0) return stdout;
  throw new Error(`${command} ${args.join(" ")} failed:\n${stdout}\n${stderr}\n${error?.message ?? ""}`);
}

/** The programs of one Markdown file, with what they say they print. */
function programsOf(file, isReadme) {
  const text = readFileSync(file, "utf8");
  const blocks = [...text.matchAll(/^```ts( program)?[^\n]*\n([\s\S]*?)^```$(?:\n+```text\n([\s\S]*?)^```$)?/gm)];
  return blocks
    .filter(([, marked], i) => marked || (isReadme && i === 0))
    .map(([, , code, output], i) => ({ name: `${basename(file, ".md").toLowerCase()}-${i + 1}`, file, code, output }));
}

/** The servers of one Markdown file, with what is asked of them and what they answer. */
function serversOf(file) {
  const text = readFileSync(file, "utf8");
  return [
    ...text.matchAll(/^```ts server\n([\s\S]*?)^```$[\s\S]*?((?:^curl .*\n)+)```\n+```text\n([\s\S]*?)^```$/gm),
  ].map(([, code, asked, output], i) => ({
    name: `${basename(file, ".md").toLowerCase()}-server-${i + 1}`,
    file,
    code,
    asked: asked.trim().split("\n"),
    output,
  }));
}

/** The service whose files a Markdown file shows. */
function servicesOf(file) {
  const text = readFileSync(file, "utf8");
  const page = basename(file, ".md");
  const files = [...text.matchAll(/^```ts file (\S+)\n([\s\S]*?)^```$/gm)].map(([, name, code]) => ({
    name: `${page}/${basename(name, ".ts")}`,
    code,
  }));
  if (files.length === 0) return [];
  const [, asked, output] = /((?:^curl .*\n)+)```\n+```text\n([\s\S]*?)^```$/m.exec(text);
  const tests = files.filter(({ name }) => name.endsWith(".test")).map(({ name }) => name);
  return [{ name: `${page}/main`, file, files, tests, asked: asked.trim().split("\n"), output }];
}

function runTests({ file, tests }) {
  for (const name of tests) {
    run(folder, process.execPath, "--test", join("out", `${name}.js`));
    console.log(`ran ${name} of ${relative(root, file)}`);
  }
}

async function runServer({ name, file, asked, output }) {
  const { startPostgres } = await import(new URL("../dist/examples/postgres.js", import.meta.url));
  const postgres = await startPostgres();
  const server = spawn(process.execPath, [join("out", `${name}.js`)], {
    cwd: folder,
    env: { ...process.env, DATABASE_URL: postgres.url, PORT: "0" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const [line] = await once(server.stdout, "data");
    const address = String(line).trim().replace("http://", "");
    const printed = asked.map((command) => run(folder, "sh", "-c", command.replace("localhost:3000", address)).trim());
    if (printed.join("\n") !== output.trim())
      throw new Error(`${file}, ${name}: should answer\n${output}\nbut answered\n${printed.join("\n")}`);
    server.kill("SIGINT");
    const [code] = await once(server, "exit");
    if (code !== 0) throw new Error(`${file}, ${name}: ended with ${code} after SIGINT`);
    console.log(`ran ${name} of ${relative(root, file)}: ${asked.length} requests answered`);
  } finally {
    server.kill("SIGKILL");
    await postgres.stop();
  }
}

function markdownIn(dir) {
  return existsSync(dir)
    ? readdirSync(dir, { recursive: true })
        .filter((name) => name.endsWith(".md") && !name.includes("node_modules"))
        .map((name) => join(dir, name))
    : [];
}

try {
  const programs = [
    ...programsOf(join(root, "README.md"), true),
    ...markdownIn(join(root, "docs")).flatMap((file) => programsOf(file, false)),
  ];
  const pages = [join(root, "README.md"), ...markdownIn(join(root, "docs"))];
  const servers = pages.flatMap(serversOf);
  const services = pages.flatMap(servicesOf);
  if (programs.length === 0) throw new Error("README.md shows no program (a ```ts block).");

  const [packed] = JSON.parse(run(root, "npm", "pack", "--json", "--silent", "--pack-destination", folder));
  console.log(`packed ${packed.filename}: ${packed.files.length} files, ${Math.round(packed.size / 1024)} kB`);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "smoke", private: true, type: "module" }));
  const isOptional = (name) => own.peerDependenciesMeta[name]?.optional === true;
  const peers = Object.entries(own.peerDependencies)
    .filter(([name]) => !isOptional(name))
    .map(([name, range]) => `${name}@${range}`);
  // The last ones are for single programs.
  const tools = ["typescript", "@types/node", "pino", "fastify", "pg", "@types/pg", "prom-client"].map(
    (name) => `${name}@${own.devDependencies[name]}`,
  );
  for (const name of ["express", "@types/express"]) tools.push(`${name}@${frameworks.dependencies[name]}`);
  const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
  run(folder, "npm", "install", ...quiet, join(folder, packed.filename), ...peers);
  // Whoever imports an entry needs no optional peer for it.
  for (const entry of Object.keys(own.exports).filter((name) => name !== "./package.json")) {
    const specifier = join(own.name, entry).replaceAll("\\", "/");
    run(
      folder,
      process.execPath,
      "--import",
      "reflect-metadata",
      "--input-type=module",
      "--eval",
      `import "${specifier}"`,
    );
  }
  run(folder, "npm", "install", ...quiet, ...tools);

  const compilerOptions = {
    target: "ES2023",
    lib: ["ES2023", "ESNext.Disposable"],
    module: "NodeNext",
    types: ["node"],
    strict: true,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
    rootDir: "src",
    outDir: "out",
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["src"] }));
  mkdirSync(join(folder, "src"));
  for (const { name } of services) mkdirSync(join(folder, "src", dirname(name)));
  for (const { name, code } of [...programs, ...servers, ...services.flatMap(({ files }) => files)])
    writeFileSync(join(folder, "src", `${name}.ts`), code);
  run(folder, "npx", "tsc"); // with the declarations of the package checked too: no skipLibCheck
  for (const { name, file, output } of programs) {
    const printed = run(folder, process.execPath, join("out", `${name}.js`));
    if (output !== undefined && printed.trim() !== output.trim()) {
      throw new Error(`${file}, program ${name}: should print\n${output}\nbut printed\n${printed}`);
    }
    console.log(`ran ${name} of ${relative(root, file)}: ${printed.trim().split("\n").length} lines printed`);
  }
  for (const service of services) runTests(service);
  for (const server of [...servers, ...services]) await runServer(server);
} finally {
  if (process.env.KEEP) console.log(`kept ${folder}`);
  else rmSync(folder, { recursive: true, force: true });
}
