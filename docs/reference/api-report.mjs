/**
 * Compares the public surface of each entry of the package with its report in `api/`, so that none of it changes unannounced:
 * `npm run api`. With `-- --write` it writes the reports anew; say each change in CHANGELOG.md.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Extractor, ExtractorConfig, ExtractorLogLevel } from "@microsoft/api-extractor";

const root = fileURLToPath(new URL("../../", import.meta.url));
const { exports } = JSON.parse(readFileSync(`${root}package.json`, "utf8"));
const write = process.argv.includes("--write");

let changed = 0;
for (const [path, { types }] of Object.entries(exports)) {
  if (types === undefined) continue;
  const entry = path === "." ? "index" : path.slice(2);
  const { apiReportChanged, errorCount } = Extractor.invoke(configOf(entry, types), {
    localBuild: write,
    showVerboseMessages: false,
    messageCallback(message) {
      // What the reports say of the code's comments is typedoc's to check.
      if (message.logLevel !== ExtractorLogLevel.Error) message.handled = true;
    },
  });
  if (apiReportChanged) {
    changed++;
    console.log(`${entry}: ${write ? "written" : "differs from"} docs/reference/api/${entry}.api.md`);
  }
  if (errorCount > 0) process.exitCode = 1;
}
if (changed > 0 && !write) {
  console.error(
    "The public surface has changed. If that is meant: npm run api -- --write, and a line in CHANGELOG.md.",
  );
  process.exitCode = 1;
}
if (process.exitCode === undefined) console.log(`${Object.keys(exports).length - 1} entries are as their reports say.`);

function configOf(entry, types) {
  return ExtractorConfig.prepare({
    packageJsonFullPath: `${root}package.json`,
    configObjectFullPath: undefined,
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath: `${root}${types}`,
      newlineKind: "lf",
      compiler: { tsconfigFilePath: `${root}tsconfig.json` },
      apiReport: {
        enabled: true,
        reportFileName: `${entry}.api.md`,
        reportFolder: `${root}docs/reference/api`,
        reportTempFolder: `${root}reports/api`,
        includeForgottenExports: false,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        extractorMessageReporting: {
          default: { logLevel: "none" },
        },
        compilerMessageReporting: { default: { logLevel: "none" } },
        tsdocMessageReporting: { default: { logLevel: "none" } },
      },
    },
  });
}
