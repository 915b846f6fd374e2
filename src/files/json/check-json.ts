import { ModelFileError } from '../../errors.js';
import { FILE_LIMITS, type JsonKind } from '../limits.js';
import { preview } from '../preview.js';

/**
 * The deepest nesting of lists and objects. It is the limit of serde_json, which reads the same files in the reference.
 */
export const MAX_JSON_DEPTH = 128;

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const FIRST_PRINTABLE = 0x20;

/**
 * Checks the grammar before `JSON.parse` reads the text: each version of Node words its errors differently, some
 * without a position, and none limits nesting or notices duplicate keys.
 *
 * @throws ModelFileError with line and column, counted from 1
 */
export function checkJson(text: string, source: string, options: JsonRules = {}): void {
  new Checker(text, source, options).document();
}

export interface JsonRules {
  /** Whether duplicate keys in an object are refused. Otherwise the last one counts, as in Python and `JSON.parse`. */
  readonly uniqueKeys?: boolean;
  /** The kind of file, which limits the number of values. Default: `tokenizer`, which may have the most. */
  readonly kind?: JsonKind;
  /** The most values, instead of the limit of the kind. */
  readonly maxValues?: number;
}

class Checker {
  readonly #text: string;
  readonly #source: string;
  readonly #uniqueKeys: boolean;
  readonly #maxValues: number;
  #values = 0;
  #at = 0;

  constructor(
    text: string,
    source: string,
    { uniqueKeys = false, kind = 'tokenizer', maxValues = FILE_LIMITS[kind].values }: JsonRules,
  ) {
    this.#text = text;
    this.#source = source;
    this.#uniqueKeys = uniqueKeys;
    this.#maxValues = maxValues;
  }

  document(): void {
    this.#value(0);
    this.#space();
    if (this.#at < this.#text.length) this.#fail('expected nothing more after the value');
  }

  #value(depth: number): void {
    this.#count();
    this.#space();
    switch (this.#text.charAt(this.#at)) {
      case '{':
        return this.#object(this.#deeper(depth));
      case '[':
        return this.#list(this.#deeper(depth));
      case '"':
        return this.#string();
      case 't':
        return this.#word('true');
      case 'f':
        return this.#word('false');
      case 'n':
        return this.#word('null');
      default:
        return this.#number();
    }
  }

  #count(): void {
    if (++this.#values > this.#maxValues) {
      this.#fail(`expected at most ${this.#maxValues} values and keys in this file`);
    }
  }

  #deeper(depth: number): number {
    if (depth >= MAX_JSON_DEPTH) {
      this.#fail(`expected at most ${MAX_JSON_DEPTH} lists and objects inside each other`);
    }
    this.#at++;
    return depth + 1;
  }

  #object(depth: number): void {
    if (this.#closes('}')) return;
    const keys = this.#uniqueKeys ? new Set<unknown>() : undefined;
    do {
      this.#space();
      const start = this.#at;
      if (this.#text[start] !== '"') this.#fail('expected a key in double quotes');
      this.#count();
      this.#string();
      if (keys !== undefined) this.#once(keys, start);
      this.#space();
      if (this.#text[this.#at] !== ':') this.#fail('expected ":" after the key');
      this.#at++;
      this.#value(depth);
    } while (this.#continues('}'));
  }

  #list(depth: number): void {
    if (this.#closes(']')) return;
    do this.#value(depth);
    while (this.#continues(']'));
  }

  #once(keys: Set<unknown>, start: number): void {
    const key: unknown = JSON.parse(this.#text.slice(start, this.#at));
    if (keys.has(key)) this.#failAt(start, `the key ${preview(key)} comes twice; expected it once`);
    keys.add(key);
  }

  #closes(bracket: string): boolean {
    this.#space();
    if (this.#text[this.#at] !== bracket) return false;
    this.#at++;
    return true;
  }

  #continues(bracket: string): boolean {
    if (this.#closes(bracket)) return false;
    if (this.#text[this.#at] !== ',') this.#fail(`expected "," or "${bracket}"`);
    this.#at++;
    return true;
  }

  #string(): void {
    for (this.#at++; ; this.#at++) {
      const code = this.#text.charCodeAt(this.#at);
      if (code === QUOTE) {
        this.#at++;
        return;
      }
      if (code === BACKSLASH) {
        ESCAPE.lastIndex = this.#at;
        if (!ESCAPE.test(this.#text)) {
          this.#fail('expected one of the escapes of JSON, such as \\n or \\u00e9');
        }
        this.#at = ESCAPE.lastIndex - 1;
      } else if (!(code >= FIRST_PRINTABLE)) {
        this.#fail(
          Number.isNaN(code) ? 'expected the closing quote of a string' : 'expected \\u and its code',
        );
      }
    }
  }

  #word(word: string): void {
    if (!this.#text.startsWith(word, this.#at)) this.#fail(`expected a value, such as ${word}`);
    this.#at += word.length;
  }

  #number(): void {
    NUMBER.lastIndex = this.#at;
    if (!NUMBER.test(this.#text)) this.#fail('expected a value');
    // It would be read as Infinity and written as null.
    if (!Number.isFinite(Number(this.#text.slice(this.#at, NUMBER.lastIndex)))) {
      this.#fail('expected a number of at most 1.8e308');
    }
    this.#at = NUMBER.lastIndex;
  }

  #space(): void {
    for (; ; this.#at++) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
    }
  }

  #fail(expected: string): never {
    const found = this.#text.codePointAt(this.#at);
    const what = found === undefined ? 'the text ends' : `found ${preview(String.fromCodePoint(found))}`;
    this.#failAt(this.#at, `${what}; ${expected}`);
  }

  #failAt(offset: number, message: string): never {
    let line = 1;
    let lineStart = 0;
    for (
      let end = this.#text.indexOf('\n');
      end !== -1 && end < offset;
      end = this.#text.indexOf('\n', lineStart)
    ) {
      line++;
      lineStart = end + 1;
    }
    const column = offset - lineStart + 1;
    throw new ModelFileError(`${this.#source}, line ${line}, column ${column}: ${message}`);
  }
}
