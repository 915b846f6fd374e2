import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { ModelFileError } from '../../errors.js';
import { preview } from '../../files/preview.js';
import { TokenizerUnavailableError } from '../native-library.js';
import type { JsonObject } from './json-object.js';

/** Patterns of published tokenizers, which are known to terminate. */
const KNOWN: readonly string[] = [
  ' {2,}',
  '\\s+',
  '\\s',
  '\\d',
  '\\p{N}{1,3}',
  "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
];

/** Other patterns are tried one by one, each in a separate process. */
const MAX_PATTERNS = 8;
const DEADLINE_MS = 15_000;
/** A few repetitions expose exponential time, many expose quadratic time. */
const REPETITIONS = [40, 5000];
const SAMPLES = ['a', 'A', '1', ' ', '\n', '!', '_', "'", 'é', '一'];
const ENDS = ['', '\u0000', 'a', ' ', '!'];
const MOST_LITERALS = 8;

const tried = new Set(KNOWN);

/**
 * Tries the patterns of a tokenizer on texts for which bad patterns take forever: the library would end the process.
 *
 * @throws ModelFileError for a pattern that does not terminate
 * @throws TokenizerUnavailableError if no process can be started
 */
export async function tryPatterns(components: readonly unknown[], source: string): Promise<void> {
  const fresh = [...new Set(components.flatMap(patternsIn))].filter((pattern) => !tried.has(pattern));
  if (fresh.length > MAX_PATTERNS) {
    throw new ModelFileError(
      `${source} has ${fresh.length} regular expressions that no published tokenizer has; expected at most ${MAX_PATTERNS}`,
    );
  }
  for (const pattern of fresh) {
    if (!(await survives(pattern))) {
      throw new ModelFileError(
        `${source} has the regular expression ${preview(pattern)}, which takes too long on some texts; expected one without nested repetitions`,
      );
    }
    tried.add(pattern);
  }
}

/** All regular expressions in the components. */
function patternsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const { Regex: regex } = value as JsonObject;
  return [...(typeof regex === 'string' ? [regex] : []), ...Object.values(value).flatMap(patternsIn)];
}

const PROGRAM = `
const { library, json, texts } = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
const tokenizer = require(library).Tokenizer.fromString(json);
(async () => {
  for (const text of texts) await tokenizer.encode(text, null, { addSpecialTokens: false });
})().then(() => process.exit(0), () => process.exit(1));
`;

async function survives(pattern: string): Promise<boolean> {
  const json = JSON.stringify({
    version: '1.0',
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: { type: 'Split', pattern: { Regex: pattern }, behavior: 'Isolated', invert: false },
    post_processor: null,
    decoder: null,
    model: { type: 'WordLevel', vocab: { a: 0 }, unk_token: 'a' },
  });
  const library = createRequire(import.meta.url).resolve('tokenizers');
  const child = spawn(process.execPath, ['-e', PROGRAM], {
    stdio: ['pipe', 'ignore', 'ignore'],
    timeout: DEADLINE_MS,
    killSignal: 'SIGKILL',
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('exit', resolve);
    child.on('error', (cause) =>
      reject(
        new TokenizerUnavailableError(`a pattern cannot be tried in a process: ${cause.message}`, { cause }),
      ),
    );
  });
  // A process that has ended no longer reads.
  child.stdin.on('error', () => undefined);
  child.stdin.end(JSON.stringify({ library, json, texts: textsFor(pattern) }));
  return (await ended) === 0;
}

function textsFor(pattern: string): string[] {
  const literals = [...new Set(pattern.match(/[\p{L}\p{N}]/gu) ?? [])].slice(0, MOST_LITERALS);
  const pairs = literals.flatMap((first) => literals.map((second) => first + second));
  // The library first looks for characters that a match must have, before it tries to match.
  const required = `\n\u0000${[...new Set(pattern)].join('')}`;
  const parts = [...new Set([...SAMPLES, ...literals, ...pairs])];
  return parts.flatMap((part) =>
    REPETITIONS.flatMap((count) =>
      [...ENDS, required].map((end) => part.repeat(Math.ceil(count / part.length)) + end),
    ),
  );
}
