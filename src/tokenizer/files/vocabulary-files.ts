import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ModelFileError } from '../../errors.js';
import { readAnyJson } from '../../files/json/read-json-file.js';
import { readBytes } from '../../files/read-bytes.js';
import type { TokenizerClass } from '../classes/tokenizer-class.js';
import { modelProblem, type ModelJson } from './model-json.js';

const WITH_WORD_PIECES: ReadonlySet<TokenizerClass> = new Set(['bert', 'distilbert', 'mpnet']);

/** The vocabulary of a folder without tokenizer.json, as older models have it. */
export function readVocabularyFiles(folder: string, tokenizerClass: TokenizerClass): ModelJson {
  const has = (name: string): boolean => existsSync(join(folder, name));
  if (tokenizerClass === 'roberta' && has('vocab.json') && has('merges.txt')) return readBytePairs(folder);
  if (WITH_WORD_PIECES.has(tokenizerClass) && has('vocab.txt')) return readWordPieces(folder);
  throw new ModelFileError(
    `${folder} holds no tokenizer.json${instead(tokenizerClass)}; in Python, ` +
      '`AutoTokenizer.from_pretrained(NAME).save_pretrained(FOLDER)` writes it',
  );
}

function instead(tokenizerClass: TokenizerClass): string {
  if (tokenizerClass === 'roberta') return ', nor vocab.json and merges.txt';
  return WITH_WORD_PIECES.has(tokenizerClass) ? ', nor vocab.txt' : '';
}

/** One token per line; its id is the number of the line. */
function readWordPieces(folder: string): ModelJson {
  const lines = readLines(join(folder, 'vocab.txt'), 'a list of tokens');
  return checked(join(folder, 'vocab.txt'), {
    type: 'WordPiece',
    vocab: Object.fromEntries(lines.map((line, id) => [line.replace(/\p{White_Space}+$/u, ''), id])),
  });
}

function readBytePairs(folder: string): ModelJson {
  const path = join(folder, 'vocab.json');
  const merges = readLines(join(folder, 'merges.txt'), 'a list of pairs of tokens')
    .filter((line) => !line.startsWith('#version'))
    .map((line) => line.split(' '));
  const wrong = merges.find((pair) => pair.length !== 2);
  if (wrong !== undefined) {
    throw new ModelFileError(
      `${join(folder, 'merges.txt')} has the line ${JSON.stringify(wrong.join(' ').slice(0, 60))}; expected two tokens with a space between them`,
    );
  }
  const vocab = readAnyJson(path, 'vocabulary');
  return checked(path, { type: 'BPE', vocab, merges });
}

function checked(path: string, model: object): ModelJson {
  const problem = modelProblem(model);
  if (problem !== undefined) throw new ModelFileError(`${path}: ${problem}`);
  return model as ModelJson;
}

function readLines(path: string, expected: string): string[] {
  const bytes = readBytes(path, 'tokenList');
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new ModelFileError(`${path} is not UTF-8; expected ${expected}`, { cause });
  }
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}
