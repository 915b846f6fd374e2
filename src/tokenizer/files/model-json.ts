import { counted } from '../../counted.js';
import { preview } from '../../files/preview.js';

/** Far more than the largest published vocabularies have (some 260,000), and far too few to exhaust the memory. */
export const MAX_TOKENS = 4_000_000;

export type Vocabulary = Readonly<Record<string, number>>;
export type ScoredVocabulary = readonly (readonly [string, number])[];

/** The `model` of a tokenizer.json: WordPiece, BPE and WordLevel number their tokens, Unigram scores them. */
export interface ModelJson {
  readonly type?: 'WordPiece' | 'BPE' | 'WordLevel' | 'Unigram';
  readonly vocab: Vocabulary | ScoredVocabulary;
  readonly merges?: readonly unknown[];
  readonly unk_id?: number | null;
}

const TYPES: readonly unknown[] = ['WordPiece', 'BPE', 'WordLevel', 'Unigram'];

/** The longest word that WordPiece splits, in time that grows with its square. Published files say 100. */
const MAX_WORD = 1_000;

/**
 * The longest token of a Unigram model, which looks for tokens of every length at every character. Published ones have
 * 16.
 */
const MAX_UNIGRAM_TOKEN = 256;

/** Describes what would crash or mislead the library; undefined if the model is safe. */
export function modelProblem(model: object): string | undefined {
  const { type, vocab, merges, unk_id, max_input_chars_per_word: longest } = model as Record<string, unknown>;
  // Old files have no type; the library then tries all types.
  if (type !== undefined && !TYPES.includes(type)) {
    return `model.type is ${preview(type)}; expected ${TYPES.map((name) => `"${String(name)}"`).join(' or ')}`;
  }
  if (longest !== undefined && !isCount(longest, MAX_WORD)) {
    return `model.max_input_chars_per_word is ${preview(longest)}; expected a whole number up to ${MAX_WORD}`;
  }
  if (merges !== undefined && (!Array.isArray(merges) || merges.length > MAX_TOKENS)) {
    return `model.merges is ${preview(merges)}; expected a list of at most ${MAX_TOKENS} pairs`;
  }
  const prefixed = mergesProblem(merges, model);
  if (prefixed !== undefined) return prefixed;
  if (type === 'Unigram' || (type === undefined && Array.isArray(vocab))) {
    return unigramProblem(vocab, unk_id);
  }
  return vocabularyProblem(vocab);
}

/**
 * If there is a prefix for continuing parts of a word, the library cuts it off the second token of each pair without
 * looking.
 */
function mergesProblem(merges: readonly unknown[] | undefined, model: object): string | undefined {
  const { continuing_subword_prefix: prefix } = model as Record<string, unknown>;
  if (merges === undefined || typeof prefix !== 'string' || prefix === '') return undefined;
  const wrong = merges.findIndex((merge) => {
    const second: unknown =
      typeof merge === 'string' ? merge.split(' ')[1] : Array.isArray(merge) ? merge[1] : '';
    return typeof second !== 'string' || !second.startsWith(prefix);
  });
  return wrong < 0
    ? undefined
    : `model.merges[${wrong}] is ${preview(merges[wrong])}; expected a second token that starts with ${preview(prefix)}`;
}

function vocabularyProblem(vocab: unknown): string | undefined {
  if (typeof vocab !== 'object' || vocab === null || Array.isArray(vocab)) {
    return `model.vocab is ${preview(vocab)}; expected an object of tokens and their ids`;
  }
  let count = 0;
  for (const [token, id] of Object.entries(vocab)) {
    if (!isCount(id, MAX_TOKENS)) {
      return `model.vocab[${preview(token)}] is ${preview(id)}; expected a whole number up to ${MAX_TOKENS}`;
    }
    count++;
  }
  return count > MAX_TOKENS
    ? `model.vocab has ${counted(count, 'token')}; expected at most ${MAX_TOKENS}`
    : undefined;
}

function unigramProblem(vocab: unknown, unknownId: unknown): string | undefined {
  if (!Array.isArray(vocab) || vocab.length > MAX_TOKENS) {
    return `model.vocab is ${preview(vocab)}; expected a list of at most ${MAX_TOKENS} tokens and their scores`;
  }
  const wrong = vocab.findIndex((entry) => !isScored(entry));
  if (wrong >= 0) {
    return `model.vocab[${wrong}] is ${preview(vocab[wrong])}; expected a token and its score`;
  }
  const long = vocab.findIndex((entry) => (entry as [string])[0].length > MAX_UNIGRAM_TOKEN);
  if (long >= 0) {
    return `model.vocab[${long}] has a token of ${(vocab[long] as [string])[0].length} characters; expected at most ${MAX_UNIGRAM_TOKEN}`;
  }
  if (unknownId !== undefined && unknownId !== null && !isCount(unknownId, vocab.length - 1)) {
    return `model.unk_id is ${preview(unknownId)}; expected the position of a token in model.vocab, which has ${vocab.length}`;
  }
  return undefined;
}

function isScored(entry: unknown): boolean {
  if (!Array.isArray(entry) || entry.length !== 2) return false;
  const [token, score] = entry as unknown[];
  return typeof token === 'string' && typeof score === 'number' && Number.isFinite(score);
}

function isCount(value: unknown, max: number): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= max;
}
