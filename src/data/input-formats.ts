import { extname } from 'node:path';

/** Formats of files of texts, by the name that `--input-format` takes. */
export const INPUT_FORMATS = {
  text: 'each line is a text',
  jsonl: 'each line is JSON: a text, or {"text", "id" or "_id", "title"}',
  json: 'an array of what jsonl has on each line',
  csv: 'a header that names text, and perhaps id or _id and title; then rows',
  tsv: 'the same with tabs between, and without quotes',
} as const;

export type InputFormat = keyof typeof INPUT_FORMATS;

const BY_EXTENSION: Readonly<Record<string, InputFormat>> = {
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
  '.json': 'json',
  '.csv': 'csv',
  '.tsv': 'tsv',
};

/** The format of a file by its name, otherwise by its first line. */
export function recognizeFormat(path: string, first: string): InputFormat {
  const byName = BY_EXTENSION[extname(path).toLowerCase()];
  if (byName === 'json') return looksLikeJson(first, /^\s*["{]/) ? 'jsonl' : 'json';
  if (byName !== undefined) return byName;
  if (first.trim() === '[' || looksLikeJson(first, /^\s*\[/)) return 'json';
  return looksLikeJson(first, /^\s*["{]/) ? 'jsonl' : 'text';
}

function looksLikeJson(line: string, begins: RegExp): boolean {
  if (!begins.test(line)) return false;
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}
