/** The page's style: light or dark as the reader has it, and for phones, too. */
export const STYLE: string = `
:root {
  color-scheme: light dark;
  --paper: #fff; --ink: #1a1c20; --soft: #5a6068; --rule: #d5d9de; --shade: #f4f6f8;
  --leased: #1f6feb; --draining: #b35900; --idle: #6fa86f; --other: #9a6fb0; --bad: #b3261e; --focus: #8250df;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #16181c; --ink: #e8eaed; --soft: #a3a9b2; --rule: #3a3f47; --shade: #1f2228;
    --leased: #6ea8fe; --draining: #f0a35e; --idle: #7fbf7f; --other: #c39ad6; --bad: #ff8a80; --focus: #c9a7ff;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.45 system-ui, sans-serif; }
header, main { max-width: 76rem; margin: 0 auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; margin: 1rem 0 0; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
h3 { display: inline; font-size: 1rem; margin: 0; overflow-wrap: anywhere; }
small, .status, .legend, caption, figcaption span, dt { color: var(--soft); }
a { color: inherit; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
.status { margin: .2rem 0; min-height: 1.45em; }
p.bad { border-left: 4px solid var(--bad); padding: .4rem .8rem; background: var(--shade); }
.stale { opacity: .6; }
.controls { display: flex; flex-wrap: wrap; gap: .8rem; align-items: center; margin: .6rem 0; }
input, button { font: inherit; color: inherit; background: var(--shade); border: 1px solid var(--soft); border-radius: 6px; padding: .3rem .6rem; }
button { cursor: pointer; }
button[aria-pressed=true] { background: var(--ink); color: var(--paper); }
.tiles { display: flex; flex-wrap: wrap; gap: .5rem; list-style: none; margin: 1rem 0; padding: 0; }
.tiles li { background: var(--shade); border: 1px solid var(--rule); border-radius: 8px; padding: .5rem .8rem; }
.tiles b { display: block; font-size: 1.4rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.tiles li.bad { border-color: var(--bad); }
.tiles li.bad b { color: var(--bad); }
.pool { border: 1px solid var(--rule); border-radius: 8px; margin: .5rem 0; }
.pool.busy { border-color: var(--bad); }
.pool > summary { display: flex; flex-wrap: wrap; gap: .3rem 1rem; align-items: center; padding: .5rem .8rem; cursor: pointer; }
.pool > summary::before { content: "▸"; }
.pool[open] > summary::before { content: "▾"; }
.pool > summary::-webkit-details-marker { display: none; }
.counts { margin-left: auto; font-variant-numeric: tabular-nums; }
.inside { padding: 0 .8rem .6rem; }
.bar { width: 12rem; max-width: 100%; height: .8rem; background: var(--shade); border: 1px solid var(--rule); border-radius: 4px; }
.bar .leased { fill: var(--leased); }
.bar .draining { fill: var(--draining); }
.bar .idle { fill: var(--idle); }
.bar .creating, .bar .checking, .bar .resetting, .bar .destroying { fill: var(--other); }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: .8rem; margin: .4rem 0 .8rem; }
.chart { margin: 0; align-self: end; }
figcaption { font-size: .87rem; }
.chart small { float: right; }
.chart svg { display: block; width: 100%; height: 3.2rem; background: var(--shade); border-bottom: 1px solid var(--soft); }
.chart path { fill: none; stroke-width: 2; vector-effect: non-scaling-stroke; stroke-linejoin: round; }
.chart .line { stroke: var(--leased); }
.chart .ceiling { stroke: var(--soft); stroke-width: 1; stroke-dasharray: 4 3; }
.scrolled { overflow-x: auto; margin: .5rem 0; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding: .2rem 0; }
th, td { text-align: left; vertical-align: top; font-weight: normal; padding: .25rem .8rem .25rem 0; border-bottom: 1px solid var(--rule); }
thead th { color: var(--soft); white-space: nowrap; }
tbody th, td:last-child { overflow-wrap: anywhere; min-width: 9rem; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: .3rem 0; font-size: .85em; }
code { font-size: .9em; overflow-wrap: anywhere; }
bdi { overflow-wrap: anywhere; }
.folded > summary { cursor: pointer; color: var(--soft); }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); gap: .3rem 1.2rem; margin: .8rem 0 .2rem; }
.figures dd { margin: 0; overflow-wrap: anywhere; }
.box rect { fill: var(--shade); stroke: var(--soft); }
.box text { fill: var(--ink); font-size: 13px; }
.box .scope { fill: var(--soft); font-size: 12px; }
.box.pooled rect { stroke: var(--leased); stroke-width: 2; }
.box.shared rect { stroke: var(--idle); stroke-width: 2; }
.box.per-async-context rect, .box.context-value rect { stroke: var(--draining); stroke-width: 2; }
.arrow { fill: none; stroke: var(--soft); }
.arrow.proxy { stroke-dasharray: 2 3; }
.arrow.makes { stroke-dasharray: 8 4; }
.head { fill: var(--soft); }
@media (max-width: 40rem) {
  .counts { margin-left: 0; width: 100%; }
  .bar { width: 100%; }
}
@media (prefers-reduced-motion: no-preference) {
  .bar rect { transition: x .3s, width .3s; }
}
@media (forced-colors: active) {
  .bar rect, .box rect { forced-color-adjust: none; }
}
`;
