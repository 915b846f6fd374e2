export interface PythonJsonOptions {
  /** Spaces per level. */
  readonly indent: number;
  readonly sortKeys?: boolean;
}

/**
 * JSON as Python's `json.dump` writes it with these options: ASCII only, without a final newline. Unlike Python,
 * JavaScript does not distinguish 1 from 1.0, so a whole number is written as an int.
 */
export function pythonJson(value: unknown, options: PythonJsonOptions): string {
  return write(value, options, '\n');
}

function write(value: unknown, options: PythonJsonOptions, newline: string): string {
  if (typeof value === 'string') return writeString(value);
  if (typeof value === 'number') return writeNumber(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const inner = newline + ' '.repeat(options.indent);
  if (Array.isArray(value)) {
    return between(
      '[',
      value.map((item) => write(item, options, inner)),
      ']',
      newline,
      inner,
    );
  }
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  if (options.sortKeys === true) entries.sort(([a], [b]) => compareCodePoints(a, b));
  const lines = entries.map(([key, item]) => `${writeString(key)}: ${write(item, options, inner)}`);
  return between('{', lines, '}', newline, inner);
}

function between(open: string, items: string[], close: string, newline: string, inner: string): string {
  return items.length === 0 ? open + close : `${open}${inner}${items.join(`,${inner}`)}${newline}${close}`;
}

function writeString(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Python's repr: the same digits, but with an exponent of at least two digits from 1e16 on and below 1e-4. */
function writeNumber(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError(`JSON has no ${value}; expected a finite number`);
  if (Number.isSafeInteger(value)) return String(value);
  const size = Math.abs(value);
  if (size >= 1e-4 && size < 1e16) return String(value);
  const [digits = '', exponent = ''] = value.toExponential().split('e');
  return `${digits}e${exponent.slice(0, 1)}${exponent.slice(1).padStart(2, '0')}`;
}

/** The order of strings in Python: by code point, while JavaScript compares UTF-16 units. */
export function compareCodePoints(a: string, b: string): number {
  for (let at = 0; at < a.length && at < b.length;) {
    const left = a.codePointAt(at) ?? 0;
    const right = b.codePointAt(at) ?? 0;
    if (left !== right) return left - right;
    at += left > 0xffff ? 2 : 1;
  }
  return a.length - b.length;
}
