import type { Random } from '../../src/random.js';

/** Values that have broken readers of JSON. */
const VALUES = [
  'null',
  'true',
  '0',
  '-1',
  '1.5',
  '-0',
  '1e999',
  '4294967296',
  '9007199254740993',
  '""',
  '"x"',
  '[]',
  '{}',
  '"__proto__"',
  '"../x"',
  '"/etc/passwd"',
  '"C:\\\\x"',
  '"a\\u0000b"',
  '"\\ud800"',
  '[0,0]',
  '[[[[]]]]',
  '{"a":{}}',
];
const KEYS = [
  '__proto__',
  'constructor',
  'toString',
  'length',
  '__metadata__',
  'dtype',
  'shape',
  'path',
  '',
  '0',
];
const NESTING = [2, 100, 128, 200, 5000];

/** Tokens of a member are a key, a value, and brackets. */
const MOST_SKIPPED = 5;

/** A value in JSON text, by its start and end. */
interface Span {
  readonly start: number;
  readonly end: number;
}

const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null|[[\]{}]/g;

type Edit = (text: string, span: Span, random: Random) => string;

const EDITS: readonly Edit[] = [
  function replaceValue(text, span, random) {
    return put(text, span, random.pick(VALUES));
  },
  function duplicateMember(text, { end }) {
    const rest = text.slice(end);
    return /^\s*[,}\]]/.test(rest) ? `${text.slice(0, end)},${lastMember(text, end)}${rest}` : text;
  },
  function renameKey(text, span, random) {
    return put(text, span, JSON.stringify(random.pick(KEYS)));
  },
  function removeValue(text, span) {
    return put(text, span, '');
  },
  function nest(text, span, random) {
    const depth = random.pick(NESTING);
    return put(text, span, '['.repeat(depth) + text.slice(span.start, span.end) + ']'.repeat(depth));
  },
  function changeNumber(text, span, random) {
    const value = Number(text.slice(span.start, span.end));
    return Number.isFinite(value) ? put(text, span, String(value + random.below(17) - 8)) : text;
  },
  function lengthen(text, span, random) {
    return put(text, span, `"${'x'.repeat(random.below(300))}"`);
  },
  function addMember(text, span, random) {
    const opening = text.indexOf('{', span.start);
    if (opening === -1) return text;
    const member = `${JSON.stringify(random.pick(KEYS))}:${random.pick(VALUES)},`;
    return text.slice(0, opening + 1) + member + text.slice(opening + 1);
  },
];

/** JSON with one change; it mostly stays valid. */
export function mutateJson(text: string, random: Random): string {
  const span = pickToken(text, random);
  return span === undefined ? text : random.pick(EDITS)(text, span, random);
}

/** One of the tokens after a random position: finding all of them would take most of a run's time. */
function pickToken(text: string, random: Random): Span | undefined {
  const place = random.below(text.length + 1);
  // A separator inside a string misleads this, which is one more mutation.
  TOKEN.lastIndex = Math.max(0, text.lastIndexOf(',', place), text.lastIndexOf('{', place));
  for (let before = random.below(MOST_SKIPPED); before > 0; before--) TOKEN.test(text);
  const match = TOKEN.exec(text) ?? TOKEN.exec(text);
  return match === null ? undefined : { start: match.index, end: match.index + match[0].length };
}

function put(text: string, { start, end }: Span, replacement: string): string {
  return text.slice(0, start) + replacement + text.slice(end);
}

/** The text since the last comma or bracket: a member of an object or list that ends here. */
function lastMember(text: string, end: number): string {
  const start = Math.max(...[',', '{', '['].map((mark) => text.lastIndexOf(mark, end - 1)));
  return text.slice(start + 1, end);
}
