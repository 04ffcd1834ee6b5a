/** The ratios as an SVG plot: one line for each row, one mark for each Node version, a bar where the target is. */

import { hasTarget } from "./report.mjs";

const COLOURS = ["#3b82c4", "#2f9e6e", "#c8781e", "#9a4fb0"];
const [LEFT, RIGHT, TOP, STEP, WIDTH] = [560, 40, 64, 26, 1140];
const [LEAST, MOST] = [0.5, 8];

export function plot(rows, runs) {
  const shown = rows.filter((row) => hasTarget(row) && row.more === undefined);
  const height = TOP + shown.length * STEP + 40;
  const x = (ratio) => {
    const within = Math.min(Math.max(ratio, LEAST), MOST);
    return LEFT + ((WIDTH - LEFT - RIGHT) * Math.log(within / LEAST)) / Math.log(MOST / LEAST);
  };
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="13">`,
    `<title>Time or bytes against the same by hand; 1 is as good as by hand, the bar is the target</title>`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    ...legend(runs),
  ];
  for (const ratio of [0.5, 0.75, 1, 1.5, 2, 3, 4, 6, 8]) {
    const at = x(ratio).toFixed(1);
    const isOne = ratio === 1;
    parts.push(
      `<line x1="${at}" y1="${TOP - 8}" x2="${at}" y2="${height - 32}" stroke="${isOne ? "#555555" : "#dddddd"}"/>`,
      `<text x="${at}" y="${height - 14}" text-anchor="middle" fill="#555555">${ratio}</text>`,
    );
  }
  shown.forEach((row, i) => {
    const y = TOP + i * STEP + STEP / 2;
    const target = x(row.max ?? row.least).toFixed(1);
    parts.push(
      `<text x="${LEFT - 12}" y="${y + 4}" text-anchor="end" fill="#222222">${escaped(row.what)}</text>`,
      `<line x1="${target}" y1="${y - 9}" x2="${target}" y2="${y + 9}" stroke="#c0392b" stroke-width="3"/>`,
    );
    runs.forEach(({ summaries }, n) => {
      const summary = summaries.get(row.id);
      if (summary === undefined) return;
      const shift = (n - (runs.length - 1) / 2) * 4;
      parts.push(
        `<circle cx="${x(summary.value).toFixed(1)}" cy="${(y + shift).toFixed(1)}" r="4" fill="${COLOURS[n % COLOURS.length]}" fill-opacity="0.85"/>`,
      );
    });
  });
  return `${[...parts, "</svg>"].join("\n")}\n`;
}

function legend(runs) {
  const marks = runs.flatMap(({ version }, n) => {
    const at = LEFT + n * 110;
    return [
      `<circle cx="${at}" cy="24" r="5" fill="${COLOURS[n % COLOURS.length]}"/>`,
      `<text x="${at + 10}" y="28" fill="#222222">Node ${version.replace(/^v(\d+).*/, "$1")}</text>`,
    ];
  });
  const at = LEFT + runs.length * 110;
  return [
    ...marks,
    `<line x1="${at}" y1="15" x2="${at}" y2="33" stroke="#c0392b" stroke-width="3"/>`,
    `<text x="${at + 10}" y="28" fill="#222222">target</text>`,
  ];
}

const escaped = (text) => text.replaceAll("`", "").replaceAll("&", "&amp;").replaceAll("<", "&lt;");
