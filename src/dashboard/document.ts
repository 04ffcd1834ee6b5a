import { createHash } from "node:crypto";
import { oneLine } from "../base/one-line.js";
import { SCRIPT } from "./script.js";
import { STYLE } from "./style.js";

/** A document that holds all that it needs, and what it may do. */
export interface Page {
  readonly html: string;
  readonly policy: string;
}

/** The page without any figures: its script asks for these. */
export function pageOf(title: string): Page {
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escaped(title)}</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<header><h1>${escaped(title)}</h1></header>
<main id="page"></main>
<noscript>This page needs JavaScript. The same figures stand in report.json beside it.</noscript>
<script type="module">${SCRIPT}</script>
</body>
</html>
`;
  return {
    html,
    policy: `${NOTHING}; script-src ${hashOf(SCRIPT)}; style-src ${hashOf(STYLE)}; connect-src 'self'; img-src data:`,
  };
}

/** Nothing is loaded, framed or sent. */
export const NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

function hashOf(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}

const CODES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

function escaped(text: string): string {
  return oneLine(text).replaceAll(/[&<>"']/g, (character) => CODES[character]!);
}
