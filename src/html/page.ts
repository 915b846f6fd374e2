import { escapeText } from './escape.js';

/** Colours of a light and a dark page; series are told apart by dashes, too. */
const STYLE = `
:root{color-scheme:light dark;--ground:#fff;--ink:#1f2937;--soft:#6b7280;--line:#d1d5db;--panel:#f3f4f6;--a:#1d4ed8;--b:#b45309;--c:#047857;--d:#7c3aed;--bad:#b91c1c}
@media(prefers-color-scheme:dark){:root{--ground:#111827;--ink:#e5e7eb;--soft:#9ca3af;--line:#374151;--panel:#1f2937;--a:#93c5fd;--b:#fcd34d;--c:#6ee7b7;--d:#c4b5fd;--bad:#fca5a5}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1rem;max-width:72rem;background:var(--ground);color:var(--ink);font:1rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
h1{font-size:1.6rem;line-height:1.2}h2{font-size:1.25rem;margin-top:2.5rem;border-bottom:1px solid var(--line)}h3{font-size:1rem}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1rem;padding:0;list-style:none}
a{color:var(--a)}:focus-visible{outline:3px solid var(--a);outline-offset:2px}
.grid{display:grid;gap:1.5rem;grid-template-columns:repeat(auto-fit,minmax(min(100%,28rem),1fr))}
figure{margin:0}figcaption{font-weight:600}svg{width:100%;height:auto;display:block}
svg text{fill:var(--soft);font:12px system-ui,sans-serif}svg .label{fill:var(--ink)}
.axis{stroke:var(--soft);fill:none}.rule{stroke:var(--line);fill:none}
.series{fill:none;stroke-width:2}.s0{stroke:var(--a)}.s1{stroke:var(--b);stroke-dasharray:7 4}.s2{stroke:var(--c);stroke-dasharray:2 3}.s3{stroke:var(--d);stroke-dasharray:10 3 2 3}
.scroll{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums}
caption{text-align:left;max-width:calc(100vw - 2rem);font-weight:600;padding:.25rem 0}th,td{padding:.2rem .6rem;border-bottom:1px solid var(--line);text-align:right;vertical-align:top}
th:first-child,td:first-child{text-align:left}tbody th{font-weight:400}
details{margin:.5rem 0}summary{cursor:pointer}pre{background:var(--panel);padding:.75rem;overflow-x:auto;white-space:pre-wrap}
.bar{display:block;height:.7rem;max-width:9rem;min-width:1px;background:var(--a)}.bar.own{background:var(--c)}.bar.expansion{background:repeating-linear-gradient(45deg,var(--b) 0 4px,transparent 4px 7px);border:1px solid var(--b)}
td{white-space:nowrap;overflow-wrap:normal}tbody th{overflow-wrap:normal}td:has(.bar){width:10rem;min-width:4rem;text-align:left}td:has(ol){white-space:normal;min-width:16rem;text-align:left}.text{display:block;white-space:normal;min-width:8rem;text-align:left}thead th{white-space:nowrap;overflow-wrap:normal}table:has(.bar,ol,.text) :is(thead th,td){text-align:left}td ol{margin:0;padding-left:1.2rem}.note{background:var(--panel);border-left:4px solid var(--b);padding:.5rem .75rem}.soft{color:var(--soft)}.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}td:has(.unseen){position:relative}
@media(max-width:30rem){svg text{font-size:16px}th,td{padding:.2rem .3rem}table:has(.bar){font-size:.875rem}table:has(.bar) thead th{white-space:normal}}
.legend{display:flex;flex-wrap:wrap;gap:0 1rem}.legend svg{display:inline-block;width:30px;height:10px}
dd{margin:0}.good{color:var(--c)}.bad{color:var(--bad);font-weight:700}.narrow{max-width:44rem}@media(min-width:30.01rem){wbr.fine{display:none}}
blockquote{margin:.5rem 0;padding:.25rem .75rem;border-left:4px solid var(--line)}
`;

/** A section of a page, with a heading that the navigation names. */
export interface Section {
  readonly id: string;
  readonly title: string;
  /** HTML. */
  readonly body: string;
}

/**
 * A page of one file, which loads nothing: light or dark as the reader's system is, for a keyboard, a screen reader and a
 * telephone, too.
 *
 * @param lead HTML below the heading
 */
export function htmlPage(title: string, lead: string, sections: readonly Section[]): string {
  const links = sections.map(({ id, title: name }) => `<li><a href="#${id}">${escapeText(name)}</a></li>`);
  const bodies = sections.map(
    ({ id, title: name, body }) =>
      `<section aria-labelledby="${id}">\n<h2 id="${id}">${escapeText(name)}</h2>\n${body}\n</section>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeText(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escapeText(title)}</h1>
${lead}
${sections.length > 1 ? `<nav aria-label="Sections"><ul>${links.join('')}</ul></nav>` : ''}
${bodies.join('\n')}
</main>
</body>
</html>
`;
}
