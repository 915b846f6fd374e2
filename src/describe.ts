import { quoted } from './printable.js';

const MOST_ITEMS = 8;
const DEEPEST = 3;

/** Any value in a few words, for error messages. */
export function describe(value: unknown): string {
  return described(value, 0);
}

function described(value: unknown, depth: number): string {
  if (typeof value === 'string') return quoted(value);
  if (Array.isArray(value)) {
    if (depth === DEEPEST || value.length > MOST_ITEMS) return `a list of ${value.length}`;
    return `[${Array.from(value, (item) => described(item, depth + 1)).join(', ')}]`;
  }
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'object' && value !== null) return `an object (${classOf(value)})`;
  return String(value);
}

function classOf(value: object): string {
  const { constructor } = value as { readonly constructor?: unknown };
  return typeof constructor === 'function' ? constructor.name : 'no class';
}
