/**
 * The pages of docs/: their order, as the guide lists them, and the links between them.
 *
 * @module
 */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

export interface Page {
  readonly file: string;
  readonly title: string;
}

/** What stands above the links at the end of a page. */
const LINE = "\n---\n\n";

function withoutPrograms(text: string): string {
  return text.replaceAll(/^( *)```[\s\S]*?^\1```$/gm, "");
}

/** The pages that the guide lists, in its order. */
export function pagesOf(guide: string): Page[] {
  return [...guide.matchAll(/^- \[(.+?)\]\(([\w-]+\.md)\):/gm)].map(([, title, file]) => ({
    title: title!,
    file: file!,
  }));
}

/** The links at the end of each page: to the one before it, to the guide, and to the one after it. */
export function footerOf(pages: readonly Page[], i: number): string {
  const [before, after] = [pages[i - 1], pages[i + 1]];
  const links = [
    ...(before === undefined ? [] : [`[← ${before.title}](${before.file})`]),
    "[Guide](guide.md)",
    ...(after === undefined ? [] : [`[${after.title} →](${after.file})`]),
  ];
  return `${LINE}${links.join(" · ")}\n`;
}

/** The page with these links at its end, whatever it has there now. */
export function withFooter(text: string, footer: string): string {
  const end = text.lastIndexOf(`${LINE}[`);
  return (end < 0 ? text : text.slice(0, end + 1)).trimEnd() + "\n" + footer;
}

/** The name that GitHub gives to a heading, for links. */
function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading] of withoutPrograms(text).matchAll(/^#+ (.*)$/gm)) {
    const plain = heading!.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase();
    const anchor = plain.replaceAll(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-");
    let name = anchor;
    for (let i = 1; anchors.has(name); i++) name = `${anchor}-${i}`;
    anchors.add(name);
  }
  return anchors;
}

/** The links of a Markdown file that lead to no file, or to no heading of it. */
export function brokenLinks(file: string): string[] {
  const prose = withoutPrograms(readFileSync(file, "utf8")).replaceAll(/`[^`\n]*`/g, "code");
  const links = [...prose.matchAll(/\]\(([^()\s]+)\)/g)].map(([, link]) => link!);
  return links.filter((link) => {
    if (/^[a-z]+:/.test(link)) return false;
    const [path = "", anchor] = link.split("#");
    const target = path === "" ? file : join(dirname(file), path);
    if (!existsSync(target)) return true;
    return anchor !== undefined && !anchorsOf(readFileSync(target, "utf8")).has(anchor);
  });
}
