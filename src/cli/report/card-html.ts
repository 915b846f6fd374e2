import { escapeText } from '../../html/escape.js';
import { htmlTable } from '../../html/table.js';

/** The logs are drawn as curves already. */
const LEFT_OUT = /^### Training Logs$/;
const HEADING = /^### (.+)$/;
const ENTRY = /^- (?:`([^`]+)`: )?(.*)$/;

/** The Markdown that the trainer writes into a model's card, as HTML: headings, tables, code, lists and sentences. */
export function cardHtml(markdown: string): string {
  const sections = markdown
    .split(/^(?=### )/m)
    .filter((section) => !LEFT_OUT.test(section.split('\n')[0] ?? ''));
  return sections.map(sectionHtml).join('\n');
}

function sectionHtml(section: string): string {
  const blocks = section.trim().split(/\n{2,}/);
  const parts = blocks.map((block, place) => {
    const heading = HEADING.exec(block);
    if (heading !== null) return `<h3>${escapeText(heading[1] ?? '')}</h3>`;
    if (block.startsWith('| ')) return tableHtml(block, captionOf(blocks[place - 1]));
    if (block.startsWith('```')) {
      return `<pre tabindex="0">${escapeText(block.split('\n').slice(1, -1).join('\n'))}</pre>`;
    }
    if (block.startsWith('- ')) return `<ul>${block.split('\n').map(entryHtml).join('')}</ul>`;
    return blocks[place + 1]?.startsWith('| ') === true ? '' : `<p>${escapeText(block)}</p>`;
  });
  return parts.filter((part) => part !== '').join('\n');
}

/** The sentence before a table, which ends with a colon. */
const captionOf = (sentence: string | undefined): string => sentence?.replace(/:$/, '') ?? 'Values';

function tableHtml(block: string, caption: string): string {
  const [head = [], , ...rows] = block
    .split('\n')
    .map((line) => line.slice(2, -2).split(' | ').map(unescaped));
  const cells = rows.map((row) =>
    row.map((text) => ({ html: `<span class="text">${escapeText(text)}</span>` })),
  );
  return htmlTable(caption, head, cells);
}

/** The card writes characters that would be markup by their numbers. */
const unescaped = (cell: string): string =>
  cell.replaceAll(/&#(\d{2,3});/g, (_, code: string) => String.fromCharCode(Number(code)));

function entryHtml(line: string): string {
  const [, name, text = line] = ENTRY.exec(line) ?? [];
  return `<li>${name === undefined ? '' : `<code>${escapeText(name)}</code>: `}${escapeText(text)}</li>`;
}
